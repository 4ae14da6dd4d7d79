#!/bin/bash
# Runs a command in a desktop of its own: X server, window manager, session bus, accessibility bus.
#
# usage: session.sh [--tap] COMMAND [ARGUMENT...]
#
# Nothing of the user's desktop is used or seen: the home is a scratch folder, and the session bus
# starts the accessibility bus and nothing else (no portal, no keyring, no notification daemon).
# Exits with the command's status, or 77 where a program is missing; with --tap, says that all is
# skipped then, and exits 0: any other status is a failure to whoever reads TAP.
#
#   KH_UI_SIZE   size of the screen, 1440x900x24
#   KH_UI_FONT   font of the widgets, "Cantarell 11": X11 has no other switch for large text

set -u

tap=no
if [ "$1" = --tap ]; then
    tap=yes
    shift
fi
for program in Xvfb openbox dbus-run-session xdotool xprop import; do
    if ! command -v $program >/dev/null; then
        if [ "$tap" = yes ]; then
            echo "1..0 # SKIP $program is not installed"
            exit 0
        fi
        echo "$program is not installed" >&2
        exit 77
    fi
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/knothole-ui.XXXXXX")
mkdir -m 700 "$scratch/run" "$scratch/run/services" "$scratch/home"
x_server=
clean_up ()
{
    [ -z "$x_server" ] || { kill "$x_server"; wait "$x_server"; } 2>/dev/null
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 143' TERM INT HUP

export HOME=$scratch/home XDG_RUNTIME_DIR=$scratch/run XDG_CONFIG_HOME=$scratch/home/.config
export XDG_DATA_HOME=$scratch/home/.local/share XDG_CACHE_HOME=$scratch/home/.cache
export GDK_BACKEND=x11 GSK_RENDERER=cairo GDK_DEBUG=gl-disable LIBGL_ALWAYS_SOFTWARE=1
export GSETTINGS_BACKEND=keyfile GIO_USE_VFS=local GTK_IM_MODULE=gtk-im-context-simple
export ADW_DISABLE_PORTAL=1 GTK_USE_PORTAL=0 LANG=C.UTF-8 KH_UI_SCRATCH=$scratch
unset WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS AT_SPI_BUS_ADDRESS XDG_CURRENT_DESKTOP NO_AT_BRIDGE
unset LANGUAGE LC_ALL

# No animations and no blinking: the same picture every time.
mkdir -p "$XDG_CONFIG_HOME/gtk-4.0"
cat >"$XDG_CONFIG_HOME/gtk-4.0/settings.ini" <<TEXT
[Settings]
gtk-font-name=${KH_UI_FONT:-Cantarell 11}
gtk-enable-animations=false
gtk-cursor-blink=false
gtk-xft-antialias=1
gtk-xft-hinting=1
gtk-xft-hintstyle=hintslight
gtk-xft-rgba=none
TEXT

# The server writes its number when it is ready, so nothing has to be guessed or waited for. Without
# auto-repeat (-r): on a busy machine a key would be down for long enough.
mkfifo "$scratch/ready"
Xvfb -displayfd 7 -screen 0 "${KH_UI_SIZE:-1440x900x24}" -dpi 96 -nolisten tcp -noreset -r \
    7>"$scratch/ready" >"$scratch/x.log" 2>&1 &
x_server=$!
if ! read -r -t 30 number <"$scratch/ready"; then
    cat "$scratch/x.log" >&2
    exit 99
fi
export DISPLAY=:$number

cp /usr/share/dbus-1/services/org.a11y.Bus.service "$scratch/run/services/"
cat >"$scratch/bus.conf" <<TEXT
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=$scratch/run</listen>
  <servicedir>$scratch/run/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
TEXT

# The bus, the window manager and what they start write to a log, not into the test's output.
exec 3>&1 4>&2
# shellcheck disable=SC2016
dbus-run-session --config-file="$scratch/bus.conf" -- /bin/bash -c '
    openbox --sm-disable --startup "sh -c \"echo >$KH_UI_SCRATCH/ready\"" &
    window_manager=$!
    read -r -t 30 <"$KH_UI_SCRATCH/ready" || exit 99
    "$@" >&3 2>&4 3>&- 4>&-
    status=$?
    kill $window_manager
    exit $status' _ "$@" >"$scratch/session.log" 2>&1
