#!/bin/sh
# The receiver behind the exec channel: writes the message into the file $1, or
# does not, and says so or does not, by the first digits of the message's id.
ulimit -S -f unlimited # a full disk is the daemon's trouble, not ours
IFS= read -r line || exit 65 # cut off: the daemon died as it wrote
case $OUTPACE_KEY in
0[0-7]*-0) exit 75 ;;
0[8-9]*) exit 65 ;;
1[0-7]*) exit 3 ;;
1[8-f]*)
  printf '%s\n' "$line" >>"$1"
  exit 3
  ;;
2[0-7]*) sleep 0.3 ;;
esac
printf '%s\n' "$line" >>"$1"
