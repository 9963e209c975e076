#!/usr/bin/env bash
# Installs the Debian packages that the tests run against, where they are missing:
# real mail servers, a real database, a real browser, what judges a unit. Other packages can be named instead.
set -euo pipefail

if [ $# -gt 0 ]; then
    wanted=("$@")
else
    wanted=(dovecot-imapd dovecot-lmtpd postfix postgresql chromium fonts-noto-core systemd)
fi

# Chromium's package has another name on Ubuntu, and a person may have installed these otherwise.
present() {
    case $1 in
        dovecot-imapd) [ -x /usr/lib/dovecot/imap ] ;;
        dovecot-lmtpd) [ -x /usr/lib/dovecot/lmtp ] ;;
        postfix) [ -x /usr/sbin/postfix ] ;;
        postgresql) compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ;;
        chromium) command -v chromium >/dev/null ;;
        systemd) command -v systemd-analyze >/dev/null ;;
        *) dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed' ;;
    esac
}

missing=()
for package in "${wanted[@]}"; do
    present "$package" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "Missing: ${missing[*]} (names of Debian packages)." >&2
    echo "Only Debian's apt-get is known here; install them in your system's way." >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Missing: ${missing[*]}. Install them as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

echo "Installing ${missing[*]} …" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { "${as_root[@]}" apt-get update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "apt-get could not install ${missing[*]}; its last words are above." >&2
    exit 1
fi
