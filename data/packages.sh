# The Debian 12 packages that Knothole is built and tested with: the one list. Sourced, not run.
# shellcheck shell=sh disable=SC2034

# To build and run the three programs.
kh_build_packages='
gcc libc6-dev pkg-config meson ninja-build gettext
libglib2.0-dev libglib2.0-bin libgcrypt20-dev libsqlite3-dev libsecret-1-dev libminiupnpc-dev
libgtk-4-dev libadwaita-1-dev libqrencode-dev libxml2-utils desktop-file-utils gtk-update-icon-cache
adwaita-icon-theme fonts-cantarell fonts-noto-color-emoji librsvg2-common
'

# To run every test besides.
kh_test_packages='
clang clang-format llvm libclang-rt-14-dev
python3 libjson-glib-dev
appstream mandoc man-db
iproute2 nftables miniupnpd miniupnpd-nftables coturn stun-client iperf3
xvfb openbox xdotool x11-utils imagemagick zbar-tools
dbus dbus-daemon at-spi2-core python3-gi gir1.2-atspi-2.0
golang-go golang-github-flynn-noise-dev
'

# To run flatpak/check besides.
kh_flatpak_packages='
flatpak flatpak-builder ostree bubblewrap mmdebstrap gnupg debian-archive-keyring
bzip2 elfutils git patch unzip xz-utils
python3 dbus dbus-daemon
xvfb xdotool imagemagick sway grim fonts-cantarell
'

# kh_missing_packages PACKAGE...   prints those that are not installed, one a line
kh_missing_packages ()
{
    for package in "$@"; do
        case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
            *' installed') ;;
            *) echo "$package" ;;
        esac
    done
}

# kh_install_packages PACKAGE...   installs what is missing, and says what before it does; where
# nothing is missing it does nothing and needs no network
kh_install_packages ()
{
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        echo "This is not a Debian system: taking it that what is needed is installed."
        return 0
    fi
    missing=$(kh_missing_packages "$@" | tr '\n' ' ')
    [ -n "$missing" ] || return 0

    echo "Installing these Debian packages, and what they depend on:"
    echo "$missing" | fold -s -w 76 | sed 's/^/    /'
    if [ "$(id -u)" -eq 0 ]; then
        as_root='env'
    elif command -v sudo >/dev/null; then
        as_root='sudo env'
        echo "sudo may ask for your password."
    else
        echo "There is no sudo here. As root, run: apt-get install $missing" >&2
        return 1
    fi
    # Without recommended packages, or one of them may bring a kernel along. The laboratory starts the
    # servers among them itself: nothing else is to.
    # shellcheck disable=SC2016
    $as_root MISSING="$missing" sh -c '
        export DEBIAN_FRONTEND=noninteractive
        policy=/usr/sbin/policy-rc.d
        if [ -e $policy ]; then
            policy=
        else
            printf "#!/bin/sh\nexit 101\n" >$policy && chmod 755 $policy || exit 1
        fi
        apt-get update -q && apt-get install -y -q --no-install-recommends $MISSING
        status=$?
        [ -z "$policy" ] || rm -f "$policy"
        for service in coturn miniupnpd; do
            case " $MISSING " in
                *" $service "*) systemctl disable "$service" >/dev/null 2>&1 || true ;;
            esac
        done
        exit $status'
}
