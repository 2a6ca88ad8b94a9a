package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
)

var encoding = base64.RawURLEncoding

func sign(items []Item, key []byte) string {
	payload, _ := json.Marshal(items)
	return encoding.EncodeToString(payload) + "." + encoding.EncodeToString(signature(payload, key))
}

func verify(value string, key []byte) []Item {
	first, second, _ := strings.Cut(value, ".")
	payload, err := encoding.DecodeString(first)
	if err != nil {
		return nil
	}
	signed, err := encoding.DecodeString(second)
	if err != nil || !hmac.Equal(signed, signature(payload, key)) {
		return nil
	}
	var items []Item
	if json.Unmarshal(payload, &items) != nil {
		return nil
	}
	return items
}

func signature(payload, key []byte) []byte {
	code := hmac.New(sha256.New, key)
	code.Write(payload)
	return code.Sum(nil)
}
