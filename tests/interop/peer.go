// peer.go: one side of Noise_IK_25519_AESGCM_SHA256 by an implementation that is not ours, driven
// by lines: "new initiator|responder SECRET PUBLIC REMOTE PROLOGUE [EPHEMERAL]", "write PAYLOAD",
// "read MESSAGE", "hash". Each is answered by one line: bytes, "ok" or "refused". Bytes are
// hexadecimal, none are "-". After the handshake, write and read are transport messages.
package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/flynn/noise"
)

type peer struct {
	state         *noise.HandshakeState
	initiator     bool
	send, receive *noise.CipherState
}

func decode(text string) []byte {
	if text == "-" {
		return nil
	}
	out, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return out
}

func encode(data []byte) string {
	if len(data) == 0 {
		return "-"
	}
	return hex.EncodeToString(data)
}

func newPeer(args []string) *peer {
	var source io.Reader = rand.Reader
	if len(args) > 5 {
		source = bytes.NewReader(decode(args[5]))
	}
	p := &peer{initiator: args[0] == "initiator"}
	state, err := noise.NewHandshakeState(noise.Config{
		CipherSuite:   noise.NewCipherSuite(noise.DH25519, noise.CipherAESGCM, noise.HashSHA256),
		Random:        source,
		Pattern:       noise.HandshakeIK,
		Initiator:     p.initiator,
		StaticKeypair: noise.DHKey{Private: decode(args[1]), Public: decode(args[2])},
		PeerStatic:    decode(args[3]),
		Prologue:      decode(args[4]),
	})
	if err != nil {
		panic(err)
	}
	p.state = state
	return p
}

func (p *peer) keep(first, second *noise.CipherState) {
	if first == nil {
		return
	}
	if p.initiator {
		p.send, p.receive = first, second
	} else {
		p.send, p.receive = second, first
	}
}

func (p *peer) write(payload []byte) ([]byte, error) {
	if p.send != nil {
		return p.send.Encrypt(nil, nil, payload)
	}
	out, first, second, err := p.state.WriteMessage(nil, payload)
	p.keep(first, second)
	return out, err
}

func (p *peer) read(message []byte) ([]byte, error) {
	if p.receive != nil {
		return p.receive.Decrypt(nil, nil, message)
	}
	out, first, second, err := p.state.ReadMessage(nil, message)
	p.keep(first, second)
	return out, err
}

func main() {
	var p *peer
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		var out []byte
		var err error
		switch words[0] {
		case "new":
			p = newPeer(words[1:])
			fmt.Println("ok")
			continue
		case "write":
			out, err = p.write(decode(words[1]))
		case "read":
			out, err = p.read(decode(words[1]))
		case "hash":
			out = p.state.ChannelBinding()
		}
		if err != nil {
			fmt.Println("refused")
		} else {
			fmt.Println(encode(out))
		}
	}
}
