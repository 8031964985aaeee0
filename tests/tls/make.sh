#!/bin/sh
# Makes the certificates of this folder anew: two authorities, and what the first has signed for servers and clients. They
# are valid from 2000 to 2125 (expired.pem until 2001). Their keys are here, and protect nothing.
set -e
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

make () { # NAME SUBJECT LAST-YEAR EXTENSIONS OPTION...
  name=$1 subject=$2 year=$3 extensions=$4
  shift 4
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$subject" \
    -keyout "$folder/$name.key" -out "$folder/request"
  printf '%b' "$extensions" >"$folder/extensions"
  : >"$folder/index"
  openssl ca -batch -config /dev/stdin -name this -in "$folder/request" -out "$folder/$name.pem" -notext \
    -extfile "$folder/extensions" -startdate 20000101000000Z -enddate "${year}0101000000Z" "$@" <<END
[this]
database = $folder/index
new_certs_dir = $folder
rand_serial = yes
default_md = sha256
policy = any
certificate = $folder/authority.pem
private_key = $folder/authority.key
[any]
commonName = supplied
END
  cp "$folder/$name.pem" "$name.pem"
}
with_key () {
  cat "$folder/$1.key" >>"$1.pem"
}

authority='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n'
end='basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nauthorityKeyIdentifier=keyid\n'
server="${end}extendedKeyUsage=serverAuth\n"
here='subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n'

for name in authority stranger; do
  make $name "Test $name" 2125 "$authority" -selfsign -keyfile "$folder/$name.key"
done
make server localhost 2125 "$server$here"
make expired localhost 2001 "$server$here"
make elsewhere elsewhere.example 2125 "${server}subjectAltName=DNS:elsewhere.example\n"
make client 'A client' 2125 "${end}extendedKeyUsage=clientAuth\n"
for name in server expired elsewhere client; do
  with_key $name
done
