# The Debian 12 packages that Knothole is built and tested with: the one list. Sourced, not run.
# shellcheck shell=sh disable=SC2034

# To build and run the three programs. They find a proxy by what GLib loads from glib-networking.
kh_build_packages='
gcc libc6-dev pkg-config meson ninja-build gettext
libglib2.0-dev libglib2.0-bin libgcrypt20-dev libsqlite3-dev libsecret-1-dev libminiupnpc-dev
libgtk-4-dev libadwaita-1-dev libqrencode-dev libxml2-utils desktop-file-utils gtk-update-icon-cache
adwaita-icon-theme fonts-cantarell fonts-noto-color-emoji librsvg2-common glib-networking
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

# What root does to install the packages that it is given. Exits 11 if apt does not know all of
# them, 12 if it could not install them.
# Without recommended packages, or one of them may bring a kernel along. The laboratory starts the
# servers among them itself: nothing else is to. What updates the system by itself may be at it.
# shellcheck disable=SC2016
kh_apt='
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    unknown=
    for package in "$@"; do
        apt-cache show "$package" >/dev/null 2>&1 || unknown="$unknown $package"
    done
    if [ -n "$unknown" ]; then
        echo "apt does not know:$unknown" >&2
        exit 11
    fi
    policy=/usr/sbin/policy-rc.d
    if [ -e $policy ]; then
        policy=
    else
        printf "#!/bin/sh\nexit 101\n" >$policy && chmod 755 $policy || exit 12
    fi
    apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
    status=$?
    [ -z "$policy" ] || rm -f "$policy"
    for service in coturn miniupnpd; do
        case " $* " in
            *" $service "*) systemctl disable "$service" >/dev/null 2>&1 || true ;;
        esac
    done
    [ $status -eq 0 ] || exit 12'

# kh_install_packages PACKAGE...   installs what is missing, and says what before it does; where
# nothing is missing it says so, and needs no network
kh_install_packages ()
{
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        echo "This is not a Debian system: taking it that what is needed is installed."
        return 0
    fi
    missing=$(kh_missing_packages "$@" | tr '\n' ' ')
    missing=${missing% }
    missing=${missing% }
    if [ -z "$missing" ]; then
        echo "All the packages that this needs are installed."
        return 0
    fi

    echo "Installing these Debian packages, and what they depend on:"
    echo "$missing" | fold -s -w 76 | sed 's/^/    /; s/ *$//'
    as_root=
    by_hand="As root, run: apt-get install --no-install-recommends $missing"
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            printf '\nOnly root can install packages, and there is no sudo here.\n%s\n' "$by_hand" >&2
            return 1
        fi
        as_root='sudo'
        echo "sudo may ask for your password."
    fi
    status=0
    # shellcheck disable=SC2086
    $as_root sh -c "$kh_apt" sh $missing || status=$?
    case $status in
        0) ;;
        11) cat >&2 <<'TEXT'

These packages are Debian 12's, and apt finds no list that has them. Is there a network, and does
/etc/apt/sources.list name a mirror of Debian 12 (bookworm)? What failed is said above.
TEXT
            ;;
        12) cat >&2 <<'TEXT'

apt-get could not install the packages, and says above why. Most often the network is missing or
the disk is full. Mend that, and start this again: what is there already is kept.
TEXT
            ;;
        *) printf '\nOnly root can install packages, and sudo did not let you.\n%s\n' "$by_hand" >&2 ;;
    esac
    return "$status"
}
