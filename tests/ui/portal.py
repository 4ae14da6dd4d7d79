"""The desktop's Background portal, as the test wants it: a service on the session's own bus."""

from gi.repository import Gio, GLib

NAME = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
INTERFACE = """
<node><interface name='org.freedesktop.portal.Background'>
  <method name='RequestBackground'>
    <arg type='s' direction='in'/><arg type='a{sv}' direction='in'/><arg type='o' direction='out'/>
  </method>
</interface></node>
"""


class Portal:
    """.asked: the options of each request; .allows: what the next is answered with."""

    def __init__(self):
        self.asked = []
        self.allows = False
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        node = Gio.DBusNodeInfo.new_for_xml(INTERFACE)
        self.bus.register_object(PATH, node.interfaces[0], self._on_call, None, None)
        Gio.bus_own_name_on_connection(self.bus, NAME, Gio.BusNameOwnerFlags.NONE, None, None)

    def _on_call(self, _bus, sender, _path, _interface, _method, parameters, invocation):
        options = parameters.unpack()[1]
        self.asked.append(options)
        request = f"{PATH}/request/{sender[1:].replace('.', '_')}/{options['handle_token']}"
        invocation.return_value(GLib.Variant("(o)", (request,)))
        results = {"background": GLib.Variant("b", self.allows),
                   "autostart": GLib.Variant("b", self.allows and options["autostart"])}
        self.bus.emit_signal(sender, request, "org.freedesktop.portal.Request", "Response",
                             GLib.Variant("(ua{sv})", (0 if self.allows else 1, results)))
