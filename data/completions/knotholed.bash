# Completion of knotholed(1) for bash.

_knotholed ()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}

    # The sign between an option and its value is a word of its own.
    [ "$word" != = ] || word=
    [ "$before" != = ] || before=${COMP_WORDS[COMP_CWORD-2]}
    case $before in
        --state-dir)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -d -- "$word")
            ;;
        --config)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            ;;
        --tcp-port)
            mapfile -t COMPREPLY < <(compgen -W '443' -- "$word")
            ;;
        --listen | --port | --second-port | --relay-rate | --relay-volume)
            COMPREPLY=()
            ;;
        *)
            mapfile -t COMPREPLY < <(compgen -W '
                --listen --port --second-port --no-tcp --tcp-port
                --no-relay --relay-rate --relay-volume --config
                --state-dir --print-key --self-test --help --version' -- "$word")
            ;;
    esac
}
complete -F _knotholed knotholed
