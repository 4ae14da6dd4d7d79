"""The desktop's portals, as the test sees them: org.freedesktop.portal.Background on the session's bus.

For a program that runs with GTK_USE_PORTAL=1, as it would in a sandbox. What it asks for is kept; what
it is answered is up to the test. GLib asks one for the network, too, and is told that there is one.
"""

from gi.repository import Gio, GLib

from service import serve

NAME = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
INTERFACES = """
<node>
  <interface name='org.freedesktop.portal.Background'>
    <method name='RequestBackground'>
      <arg type='s' direction='in'/><arg type='a{sv}' direction='in'/><arg type='o' direction='out'/>
    </method>
    <property name='version' type='u' access='read'/>
  </interface>
  <interface name='org.freedesktop.portal.NetworkMonitor'>
    <method name='GetStatus'><arg type='a{sv}' direction='out'/></method>
    <signal name='changed'/>
    <property name='version' type='u' access='read'/>
  </interface>
</node>
"""


class Portal:
    """.asked: the options of each request. .allows: what the user lets the program do."""

    def __init__(self):
        self.asked = []
        self.allows = {"background", "autostart"}
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        serve(self._publish)

    def _publish(self):
        node = Gio.DBusNodeInfo.new_for_xml(INTERFACES)
        for interface in node.interfaces:
            self.bus.register_object(PATH, interface, self._on_call, lambda *_: GLib.Variant("u", 3), None)
        Gio.bus_own_name_on_connection(self.bus, NAME, Gio.BusNameOwnerFlags.NONE, None, None)

    def _on_call(self, _bus, sender, _path, _interface, method, parameters, invocation):
        if method == "GetStatus":
            status = {"available": GLib.Variant("b", True), "metered": GLib.Variant("b", False),
                      "connectivity": GLib.Variant("u", 4)}
            invocation.return_value(GLib.Variant("(a{sv})", (status,)))
            return
        _window, options = parameters.unpack()
        request = f"{PATH}/request/{sender[1:].replace('.', '_')}/{options['handle_token']}"
        self.asked.append(options)
        invocation.return_value(GLib.Variant("(o)", (request,)))
        # As the desktop answers: later, and by a signal to who has asked.
        GLib.idle_add(self._answer, sender, request, options)

    def _answer(self, sender, request, options):
        background = "background" in self.allows
        results = {"background": GLib.Variant("b", background),
                   "autostart": GLib.Variant("b", "autostart" in self.allows and options["autostart"])}
        self.bus.emit_signal(sender, request, "org.freedesktop.portal.Request", "Response",
                             GLib.Variant("(ua{sv})", (0 if background else 1, results)))
        return GLib.SOURCE_REMOVE
