package webhook

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// credentialsDir stands for the folder systemd puts credentials in.
const credentialsDir = "$CREDENTIALS_DIRECTORY/"

// maxSecret is the size of a file with a secret, in bytes.
const maxSecret = 8 << 10

// The length of a signing secret in bytes, as Standard Webhooks asks.
const (
	minKey = 24
	maxKey = 64
)

// signer signs with one secret, and shows it to nobody.
type signer struct{ webhook *standardwebhooks.Webhook }

// Format prints *** whatever the verb.
func (signer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "***") }

// sign is the signature of one call, like v1,base64.
func (s signer) sign(id string, at time.Time, body []byte) (string, error) {
	return s.webhook.Sign(id, at, body)
}

// readSigner reads a signing secret.
func (c *Config) readSigner(file string) (signer, error) {
	text, err := c.readSecret(file)
	if err != nil {
		return signer{}, err
	}
	encoded, prefixed := strings.CutPrefix(text, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !prefixed || err != nil || len(key) < minKey || len(key) > maxKey {
		return signer{}, fmt.Errorf("%s: not a signing secret: it is whsec_ and %d to %d random bytes in base64, as of `echo whsec_$(head -c 32 /dev/urandom | base64)`", file, minKey, maxKey)
	}
	webhook, err := standardwebhooks.NewWebhookRaw(key)
	return signer{webhook}, err
}

// readSecret reads a file of one line. Its content is in no error.
func (c *Config) readSecret(file string) (string, error) {
	path := file
	if name, ok := strings.CutPrefix(file, credentialsDir); ok {
		if c.Credentials == "" {
			return "", fmt.Errorf("%s: systemd gives no credentials: the unit has no LoadCredential=%s:…", file, name)
		}
		path = filepath.Join(c.Credentials, name)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", fmt.Errorf("secret: %w", err)
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s: not a regular file", file)
	case info.Size() > maxSecret:
		return "", fmt.Errorf("%s: larger than %d KiB: not a secret", file, maxSecret>>10)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	text := strings.TrimSpace(string(b))
	switch {
	case text == "":
		return "", fmt.Errorf("%s: %w", file, errEmpty)
	case strings.ContainsFunc(text, unicode.IsControl):
		return "", fmt.Errorf("%s: more than one line, or a control character", file)
	}
	return text, nil
}

var errEmpty = errors.New("the file is empty")
