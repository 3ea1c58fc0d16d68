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

// credentialsDir stands for the folder systemd puts credentials in, environment
// for the variables of the process.
const (
	credentialsDir = "$CREDENTIALS_DIRECTORY/"
	environment    = "$ENVIRONMENT/"
)

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
		return signer{}, fmt.Errorf("%s is not a signing secret, which is whsec_ and %d to %d random bytes in base64, as of `echo whsec_$(head -c 32 /dev/urandom | base64)`", spoken(file), minKey, maxKey)
	}
	webhook, err := standardwebhooks.NewWebhookRaw(key)
	return signer{webhook}, err
}

// readSecret reads a file of one line, or a variable. Its content is in no error.
func (c *Config) readSecret(file string) (string, error) {
	if name, ok := strings.CutPrefix(file, environment); ok {
		if c.Env == nil || c.Env(name) == "" {
			return "", fmt.Errorf("%w: %s is not set, or empty", ErrElsewhere, spoken(file))
		}
		return oneLine(spoken(file), c.Env(name))
	}
	path := file
	if name, ok := strings.CutPrefix(file, credentialsDir); ok {
		if c.Credentials == "" {
			return "", fmt.Errorf("%w: %s: systemd gives no credentials: the unit has no LoadCredential=%s:…", ErrElsewhere, file, name)
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
	return oneLine(file, string(b))
}

// spoken is where a secret is read, in words.
func spoken(file string) string {
	if name, ok := strings.CutPrefix(file, environment); ok {
		return "the environment variable " + name
	}
	return file
}

// oneLine is the secret in a text without what surrounds it.
func oneLine(file, text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", fmt.Errorf("%s: %w", file, errEmpty)
	case strings.ContainsFunc(text, unicode.IsControl):
		return "", fmt.Errorf("%s: more than one line, or a control character", file)
	}
	return text, nil
}

// ErrElsewhere says that a secret would be in the environment of the process, and
// is not in this one's.
var ErrElsewhere = errors.New("the secret is not in this environment")

var errEmpty = errors.New("it is empty")
