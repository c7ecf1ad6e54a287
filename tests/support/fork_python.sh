# Read by every shell of a workflow under test (BASH_ENV): `python -m scripts.…` becomes a fork.
python() {
  if [ "${1-}" = -m ] && [[ "${2-}" == scripts.* ]]; then
    # -I leaves PYTHONUTF8 out, and the server is of UTF-8, whatever the locale
    "$FORK_PYTHON" -I -S -X utf8 "$FORK_CLIENT" "${@:2}"
  else
    command python "$@"
  fi
}
