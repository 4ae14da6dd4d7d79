# Completion of knothole(1) for fish.

complete -c knothole -f
complete -c knothole -l data-dir -x -a '(__fish_complete_directories)' -d 'Keep identity, contacts and history there'
complete -c knothole -l server -x -a '(__fish_print_hostnames)' -d 'Use this server'
complete -c knothole -l name -x -d 'The name that others are shown'
complete -c knothole -l new-chat -d 'Ask whom to talk to'
complete -c knothole -l background -d 'Start without a window'
complete -c knothole -l self-test -d 'Test the cryptography and exit'
complete -c knothole -l help -d 'Print the options and exit'
complete -c knothole -l version -d 'Print the version and exit'
