"""The desktop's notifications, as the test sees them: a service on the session's own bus."""

from gi.repository import Gio, GLib

from service import serve

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
INTERFACE = """
<node><interface name='org.freedesktop.Notifications'>
  <method name='Notify'>
    <arg type='s' direction='in'/><arg type='u' direction='in'/><arg type='s' direction='in'/>
    <arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='as' direction='in'/>
    <arg type='a{sv}' direction='in'/><arg type='i' direction='in'/><arg type='u' direction='out'/>
  </method>
  <method name='CloseNotification'><arg type='u' direction='in'/></method>
  <method name='GetCapabilities'><arg type='as' direction='out'/></method>
  <method name='GetServerInformation'>
    <arg type='s' direction='out'/><arg type='s' direction='out'/>
    <arg type='s' direction='out'/><arg type='s' direction='out'/>
  </method>
  <signal name='NotificationClosed'><arg type='u'/><arg type='u'/></signal>
  <signal name='ActionInvoked'><arg type='u'/><arg type='s'/></signal>
</interface></node>
"""


class Notification:
    def __init__(self, summary, body, actions):
        self.summary = summary
        self.body = body
        # Name of the action to what its button says.
        self.actions = dict(zip(actions[::2], actions[1::2]))

    def __repr__(self):
        return f"<{self.summary!r}: {self.body!r} {self.actions}>"


class Notifications:
    """What is on the screen now: .shown, by number."""

    def __init__(self):
        self.shown = {}
        self.last = 0
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        serve(self._publish)

    def _publish(self):
        node = Gio.DBusNodeInfo.new_for_xml(INTERFACE)
        self.bus.register_object(PATH, node.interfaces[0], self._on_call, None, None)
        Gio.bus_own_name_on_connection(self.bus, NAME, Gio.BusNameOwnerFlags.NONE, None, None)

    def _on_call(self, _bus, _sender, _path, _interface, method, parameters, invocation):
        arguments = parameters.unpack()
        if method == "Notify":
            number = arguments[1]
            if number == 0:
                self.last += 1
                number = self.last
            # The answer goes out first: the test, in its own thread, presses a button of what is
            # shown, and a number that the program has not been told yet says nothing to it.
            invocation.return_value(GLib.Variant("(u)", (number,)))
            self.shown[number] = Notification(arguments[3], arguments[4], arguments[5])
        elif method == "CloseNotification":
            self.shown.pop(arguments[0], None)
            self._emit("NotificationClosed", GLib.Variant("(uu)", (arguments[0], 3)))
            invocation.return_value(None)
        elif method == "GetCapabilities":
            invocation.return_value(GLib.Variant("(as)", (["actions", "body"],)))
        else:
            invocation.return_value(GLib.Variant("(ssss)", ("test", "knothole", "1", "1.2")))

    def _emit(self, signal, parameters):
        self.bus.emit_signal(None, PATH, NAME, signal, parameters)

    def find(self, summary=None, body=None):
        """(number, Notification) of the first that has these in it."""
        for number, shown in list(self.shown.items()):
            if (summary is None or summary in shown.summary) and (body is None or body in shown.body):
                return number, shown
        return None

    def invoke(self, number, button):
        """Presses the button that says this; "" is the notification itself. It goes by that."""
        actions = self.shown.pop(number).actions
        key = "default" if not button else next(k for k, says in actions.items() if says == button)
        self._emit("ActionInvoked", GLib.Variant("(us)", (number, key)))
        self._emit("NotificationClosed", GLib.Variant("(uu)", (number, 2)))
