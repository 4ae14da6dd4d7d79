"""A keyring of the desktop, as the test has it: the Secret Service on the session's own bus.

As much of it as libsecret asks for. It can be locked: then the desktop asks the user, who unlocks it,
or is away.
"""

from gi.repository import Gio, GLib

from service import serve

NAME = "org.freedesktop.secrets"
ROOT = "/org/freedesktop/secrets"
DEFAULT = ROOT + "/aliases/default"
SESSION = ROOT + "/session/one"
PROMPT = ROOT + "/prompt/one"
NONE = "/"
INTERFACES = """
<node>
  <interface name='org.freedesktop.Secret.Service'>
    <method name='OpenSession'>
      <arg type='s' direction='in'/><arg type='v' direction='in'/>
      <arg type='v' direction='out'/><arg type='o' direction='out'/>
    </method>
    <method name='SearchItems'>
      <arg type='a{ss}' direction='in'/><arg type='ao' direction='out'/><arg type='ao' direction='out'/>
    </method>
    <method name='Unlock'>
      <arg type='ao' direction='in'/><arg type='ao' direction='out'/><arg type='o' direction='out'/>
    </method>
    <method name='GetSecrets'>
      <arg type='ao' direction='in'/><arg type='o' direction='in'/>
      <arg type='a{o(oayays)}' direction='out'/>
    </method>
    <property name='Collections' type='ao' access='read'/>
  </interface>
  <interface name='org.freedesktop.Secret.Collection'>
    <method name='CreateItem'>
      <arg type='a{sv}' direction='in'/><arg type='(oayays)' direction='in'/><arg type='b' direction='in'/>
      <arg type='o' direction='out'/><arg type='o' direction='out'/>
    </method>
    <property name='Items' type='ao' access='read'/>
    <property name='Label' type='s' access='read'/>
    <property name='Locked' type='b' access='read'/>
  </interface>
  <interface name='org.freedesktop.Secret.Item'>
    <method name='Delete'><arg type='o' direction='out'/></method>
    <property name='Locked' type='b' access='read'/>
    <property name='Attributes' type='a{ss}' access='read'/>
    <property name='Label' type='s' access='read'/>
    <property name='Created' type='t' access='read'/>
    <property name='Modified' type='t' access='read'/>
  </interface>
  <interface name='org.freedesktop.Secret.Prompt'>
    <method name='Prompt'><arg type='s' direction='in'/></method>
    <method name='Dismiss'/>
    <signal name='Completed'><arg type='b'/><arg type='v'/></signal>
  </interface>
</node>
"""


class Item:
    def __init__(self, label, attributes, secret, registration):
        self.label = label
        self.attributes = attributes
        self.secret = secret
        self.registration = registration


class Keyring:
    """What is in it: .items, by object path."""

    def __init__(self):
        self.items = {}
        self.locked = False
        self.is_user_there = True
        self.asked = []  # paths that the user is asked to unlock
        self.n_asked = 0
        self.n_unlocked = 0
        self.last = 0
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        node = Gio.DBusNodeInfo.new_for_xml(INTERFACES)
        self.interfaces = {info.name.rsplit(".", 1)[1]: info for info in node.interfaces}
        self.owner = None
        serve(self._publish)

    def _publish(self):
        self._register(ROOT, "Service")
        self._register(DEFAULT, "Collection")
        self._register(PROMPT, "Prompt")
        self.come_back()

    def leave(self):
        """The desktop has no keyring any more; what was in it is kept."""
        Gio.bus_unown_name(self.owner)
        self.owner = None

    def come_back(self):
        self.owner = Gio.bus_own_name_on_connection(self.bus, NAME, Gio.BusNameOwnerFlags.NONE, None, None)

    def _end_prompt(self, dismissed):
        paths, self.asked = self.asked, []
        self.bus.emit_signal(None, PROMPT, "org.freedesktop.Secret.Prompt", "Completed",
                             GLib.Variant("(bv)", (dismissed, GLib.Variant("ao", paths))))
        return GLib.SOURCE_REMOVE

    def _on_unlocked(self):
        self.locked = False
        self.n_unlocked += 1
        return self._end_prompt(False)

    def _register(self, path, interface):
        return self.bus.register_object(path, self.interfaces[interface], self._on_call, self._on_get, None)

    def _on_get(self, _bus, _sender, path, _interface, name):
        item = self.items.get(path)
        values = {
            "Collections": lambda: GLib.Variant("ao", [DEFAULT]),
            "Items": lambda: GLib.Variant("ao", list(self.items)),
            "Locked": lambda: GLib.Variant("b", self.locked),
            "Label": lambda: GLib.Variant("s", item.label if item else "Login"),
            "Attributes": lambda: GLib.Variant("a{ss}", item.attributes),
            "Created": lambda: GLib.Variant("t", 1),
            "Modified": lambda: GLib.Variant("t", 1),
        }
        return values[name]()

    def _on_call(self, _bus, _sender, path, _interface, method, parameters, invocation):
        answer = getattr(self, "_" + method)(path, *parameters.unpack())
        if answer is None:
            invocation.return_dbus_error("org.freedesktop.DBus.Error.NotSupported", method)
        else:
            invocation.return_value(answer)

    @staticmethod
    def _OpenSession(_path, algorithm, _given):
        if algorithm != "plain":
            return None
        return GLib.Variant("(vo)", (GLib.Variant("s", ""), SESSION))

    def _SearchItems(self, _path, wanted):
        found = [path for path, item in self.items.items() if wanted.items() <= item.attributes.items()]
        return GLib.Variant("(aoao)", ([], found) if self.locked else (found, []))

    def _Unlock(self, _path, paths):
        if not self.locked:
            return GLib.Variant("(aoo)", (paths, NONE))
        self.asked = paths
        return GLib.Variant("(aoo)", ([], PROMPT))

    def _GetSecrets(self, _path, paths, session):
        secrets = {} if self.locked else {
            path: (session, b"", self.items[path].secret, "text/plain") for path in paths}
        return GLib.Variant("(a{o(oayays)})", (secrets,))

    def _CreateItem(self, _path, properties, secret, replace):
        attributes = properties["org.freedesktop.Secret.Item.Attributes"]
        for path, item in self.items.items():
            if replace and item.attributes == attributes:
                item.secret = bytes(secret[2])
                return GLib.Variant("(oo)", (path, NONE))
        self.last += 1
        path = f"{ROOT}/collection/login/{self.last}"
        label = properties["org.freedesktop.Secret.Item.Label"]
        self.items[path] = Item(label, attributes, bytes(secret[2]), self._register(path, "Item"))
        return GLib.Variant("(oo)", (path, NONE))

    def _Delete(self, path):
        self.bus.unregister_object(self.items.pop(path).registration)
        return GLib.Variant("(o)", (NONE,))

    def _Prompt(self, _path, _window):
        self.n_asked += 1
        if self.is_user_there:
            GLib.idle_add(self._on_unlocked)
        return GLib.Variant("()", ())

    def _Dismiss(self, _path):
        GLib.idle_add(self._end_prompt, True)
        return GLib.Variant("()", ())
