#!/bin/sh
# Makes what docker-compose.yml takes as secrets: an authority of our own with a certificate for the broker, accounts at the
# broker, passwords, the name of the shared subscription and the wall token. What is there already stays.
#
#   deploy/secrets.sh                  all of it
#   deploy/secrets.sh vendor NAME      an account of a vendor at the broker; its password is shown once
#
# QINGYU_SECRETS   folder to write into (deploy/secrets)
# BROKER_NAMES     further names of the broker in its certificate, as DNS:mqtt.example.org,IP:192.0.2.7
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${QINGYU_SECRETS:-$here/secrets}
# The folder keeps strangers out. The files in it must be readable: Compose hands them to containers under other user ids.
umask 022
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

random() { openssl rand -hex 24; }

# $1 account, $2 password: a line as mosquitto_passwd writes it. Few rounds, which cost the broker at every connection:
# nobody guesses passwords as random as ours.
account() {
  salt=$(openssl rand -hex 6)
  hash=$(openssl kdf -binary -keylen 64 -kdfopt digest:SHA512 -kdfopt "pass:$2" -kdfopt "salt:$salt" \
    -kdfopt iter:101 PBKDF2 | openssl base64 -A)
  printf '%s:$7$101$%s$%s\n' "$1" "$(printf %s "$salt" | openssl base64 -A)" "$hash"
}

if [ "${1:-}" = vendor ]; then
  case ${2:-} in
    '' | *[!a-z0-9-]* | qingyu | monitor)
      echo "secrets.sh: vendor name '${2:-}' is not [a-z0-9-], or is our own" >&2
      exit 2 ;;
  esac
  if grep -q "^$2:" broker-accounts; then
    echo "secrets.sh: account $2 is there already; remove its line from $folder/broker-accounts first" >&2
    exit 2
  fi
  password=$(random)
  account "$2" "$password" >> broker-accounts
  echo "$password"
  exit 0
fi

for name in wall-token redis-password broker-password broker-group monitor-password grafana-password; do
  [ -s "$name" ] || random > "$name"
done

if [ ! -s broker-accounts ]; then
  account qingyu "$(cat broker-password)" > broker-accounts
  account monitor "$(cat monitor-password)" >> broker-accounts
fi

if [ ! -s ca.crt ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj '/CN=Qingyu local authority' -keyout ca.key -out ca.crt \
    -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign 2> openssl.log
  chmod 600 ca.key
fi

if [ ! -s broker.crt ]; then
  printf 'subjectAltName=DNS:mosquitto,DNS:localhost,IP:127.0.0.1%s\nextendedKeyUsage=serverAuth\n' \
    "${BROKER_NAMES:+,$BROKER_NAMES}" > broker.ext
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=mosquitto \
    -keyout broker.key -out broker.csr 2>> openssl.log
  openssl x509 -req -in broker.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 825 -extfile broker.ext \
    -out broker.crt 2>> openssl.log
  chmod 644 broker.key
  rm -f broker.csr broker.ext
fi
rm -f openssl.log
