# Completion of knothole-term(1) for fish.

complete -c knothole-term -f
complete -c knothole-term -s s -l server -x -a '(__fish_print_hostnames)' -d 'The server to meet at'
complete -c knothole-term -s n -l name -x -d 'The name that others are shown'
complete -c knothole-term -s d -l data-dir -x -a '(__fish_complete_directories)' -d 'Where identity, contacts and history are'
complete -c knothole-term -s a -l accept -x -a 'ask contacts all' -d 'Who may call'
complete -c knothole-term -s j -l json -d 'Print one JSON object a line'
complete -c knothole-term -s t -l timeout -x -d 'How many seconds to wait'
complete -c knothole-term -l accept-server-key -x -d 'Trust this new key of the server'
complete -c knothole-term -l bench-serve -d 'Take measurements'
complete -c knothole-term -l bench-to -x -d 'Measure the way to a peer'
complete -c knothole-term -l bytes -x -d 'How much to send'
complete -c knothole-term -l seconds -x -d 'How long to send'
complete -c knothole-term -l streams -x -d 'On how many streams at once'
complete -c knothole-term -s i -l id -d 'Print your peer ID and exit'
complete -c knothole-term -l self-test -d 'Test the cryptography and exit'
complete -c knothole-term -s h -l help -d 'Print the options and exit'
complete -c knothole-term -s V -l version -d 'Print the version and exit'
