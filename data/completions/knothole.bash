# Completion of knothole(1) for bash.

_knothole ()
{
    local word=${COMP_WORDS[COMP_CWORD]}

    case ${COMP_WORDS[COMP_CWORD-1]} in
        --data-dir)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -d -- "$word")
            ;;
        --server | --name)
            COMPREPLY=()
            ;;
        *)
            mapfile -t COMPREPLY < <(compgen -W '
                --data-dir --server --name --new-chat --background --self-test --help
                --version' -- "$word")
            ;;
    esac
}
complete -F _knothole knothole
