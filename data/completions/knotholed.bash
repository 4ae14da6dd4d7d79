# Completion of knotholed(1) for bash.

_knotholed ()
{
    local word=${COMP_WORDS[COMP_CWORD]}

    case ${COMP_WORDS[COMP_CWORD-1]} in
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
