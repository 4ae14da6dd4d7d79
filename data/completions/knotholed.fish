# Completion of knotholed(1) for fish.

complete -c knotholed -f
complete -c knotholed -l listen -x -d 'Listen on this address only'
complete -c knotholed -l port -x -d 'UDP and TCP port'
complete -c knotholed -l second-port -x -d 'Second UDP port'
complete -c knotholed -l no-tcp -d 'Take no TCP connections on the first port'
complete -c knotholed -l tcp-port -x -a 443 -d 'One more TCP port'
complete -c knotholed -l no-relay -d 'Relay nothing'
complete -c knotholed -l relay-rate -x -d 'Relay so many Mbit a second for one peer'
complete -c knotholed -l relay-volume -x -d 'Relay so many GB a day for one peer'
complete -c knotholed -l config -r -F -d 'Read the settings of the relay from there'
complete -c knotholed -l state-dir -x -a '(__fish_complete_directories)' -d 'Keep the key there'
complete -c knotholed -l print-key -d 'Print the public key and exit'
complete -c knotholed -l self-test -d 'Test the cryptography and exit'
complete -c knotholed -l help -d 'Print the options and exit'
complete -c knotholed -l version -d 'Print the version and exit'
