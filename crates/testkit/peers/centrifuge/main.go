// A server of the Centrifuge library for Go, the one that Centrifugo is made of, as a peer that Chinwag is measured
// beside. It checks a token when somebody connects, and keeps nothing.
package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/centrifugal/centrifuge"
)

// user tells whose token it is (a JWT, HS256), or nothing where it is not good.
func user(token string, secret []byte) string {
	signed, signature, found := cut(token)
	if !found {
		return ""
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(signed))
	given, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || !hmac.Equal(given, mac.Sum(nil)) {
		return ""
	}
	_, body, _ := strings.Cut(signed, ".")
	text, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return ""
	}
	var claims struct{ Sub string }
	if json.Unmarshal(text, &claims) != nil {
		return ""
	}
	return claims.Sub
}

func cut(token string) (signed, signature string, found bool) {
	at := strings.LastIndexByte(token, '.')
	if at < 0 {
		return "", "", false
	}
	return token[:at], token[at+1:], true
}

func main() {
	address, secret := os.Args[1], []byte(os.Args[2])
	node, err := centrifuge.New(centrifuge.Config{
		// No reader is so slow here that it should be ended.
		ClientQueueMaxSize: 256 << 20,
	})
	if err != nil {
		log.Fatal(err)
	}
	node.OnConnecting(func(_ context.Context, event centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		id := user(event.Token, secret)
		if id == "" {
			return centrifuge.ConnectReply{}, centrifuge.DisconnectInvalidToken
		}
		return centrifuge.ConnectReply{Credentials: &centrifuge.Credentials{UserID: id}}, nil
	})
	node.OnConnect(func(client *centrifuge.Client) {
		client.OnSubscribe(func(_ centrifuge.SubscribeEvent, answer centrifuge.SubscribeCallback) {
			answer(centrifuge.SubscribeReply{}, nil)
		})
		client.OnPublish(func(_ centrifuge.PublishEvent, answer centrifuge.PublishCallback) {
			answer(centrifuge.PublishReply{}, nil)
		})
	})
	if err := node.Run(); err != nil {
		log.Fatal(err)
	}
	http.Handle("/connection/websocket", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{
		MessageSizeLimit:   1 << 20,
		UseWriteBufferPool: true,
	}))
	log.Fatal(http.ListenAndServe(address, nil))
}
