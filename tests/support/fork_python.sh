# Read by every shell of a workflow under test (BASH_ENV): `python -m scripts.…` becomes a fork.
python() {
  if [ "${1-}" = -m ] && [[ "${2-}" == scripts.* ]]; then
    "$FORK_PYTHON" -I -S "$FORK_CLIENT" "${@:2}"
  else
    command python "$@"
  fi
}
