#!/bin/sh
# Stands in for Samba's ntlm_auth: the user's name says what it answers.
# usage: ntlm-helper.sh --helper-protocol ntlmssp-client-1 --use-cached-creds --username WHAT [--domain DOMAIN]
# SPDX-License-Identifier: MIT OR Apache-2.0
if [ "$1 $2 $3 $4" != '--helper-protocol ntlmssp-client-1 --use-cached-creds --username' ]; then
  exit 2
fi
hello='YR TlRMTVNTUAABAAAAHELPEQ=='
response='KK TlRMTVNTUAADAAAAdQBzAGUAcgAA'

answer () { # to the next line, which has to begin so
  read -r line || exit 0
  case $line in
    "$1"*) echo "$2" ;;
    *) echo 'BH what?' ;;
  esac
}

case $5 in
  logged-in) answer YR "$hello"; answer 'TT TlRMTVNTUAAC' "$response" ;;
  in-domain)
    [ "$6 $7" = '--domain DOMAIN' ] || exit 2
    answer YR "$hello"
    answer TT "$(echo "$response" | sed s/KK/AF/)"
    ;;
  no-hello) answer YR PW ;;
  no-response) answer YR "$hello"; answer TT PW ;;
  bad-hello) answer YR 'YR NT_STATUS_INVALID_PARAMETER' ;;
  bad-response) answer YR "$hello"; answer TT 'BH NT_STATUS_INVALID_PARAMETER' ;;
  no-token) answer YR YR ;;
  carriage-return) answer YR "$(printf '%s\r' "$hello")" ;;
  endless) read -r line; tr '\0' x </dev/zero ;;
  killed) kill -9 $$ ;;
  silent) ;;
  *) exit 1 ;;
esac
# Until its input ends.
cat >/dev/null
