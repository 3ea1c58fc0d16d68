package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// forgottenPrefix begins what stands in the place of a forgotten person's
// profile. No profile begins so: they are http addresses.
const forgottenPrefix = "forgotten:"

// hasher makes the hashes that outlive a forgotten person: keyed with the
// database's salt, so that they are of no use without it.
type hasher struct{ salt []byte }

func hasherOf(ctx context.Context, x *tx) (hasher, error) {
	var salt string
	err := x.get(ctx, &salt, `SELECT value FROM meta WHERE key = 'salt'`)
	return hasher{[]byte(salt)}, err
}

// of is what stands in the place of a text; "" stays "".
func (h hasher) of(text string) string {
	if text == "" {
		return ""
	}
	mac := hmac.New(sha256.New, h.salt)
	mac.Write([]byte(text))
	return forgottenPrefix + hex.EncodeToString(mac.Sum(nil)[:16])
}

// isForgotten says that a person was forgotten.
func (p *personRow) isForgotten() bool { return strings.HasPrefix(p.Profile, forgottenPrefix) }

// forgottenPeople are the people who were forgotten, for files that still name
// them. The zero value is nobody.
type forgottenPeople struct {
	hasher
	hashes map[string]bool
}

func readForgotten(ctx context.Context, x *tx) (f forgottenPeople, err error) {
	var list []string
	err = x.all(ctx, &list, `SELECT profile FROM people WHERE profile >= ? AND profile < ?`, forgottenPrefix, "forgotten;")
	if err != nil || len(list) == 0 {
		return f, err
	}
	f.hashes = make(map[string]bool, len(list))
	for _, hash := range list {
		f.hashes[hash] = true
	}
	f.hasher, err = hasherOf(ctx, x)
	return f, err
}

// has says whether a profile, in its canonical spelling, was forgotten.
func (f *forgottenPeople) has(profile string) bool {
	return len(f.hashes) > 0 && f.hashes[f.of(profile)]
}

// seal takes what may identify its person out of a reaction. It still counts:
// a credit comes back, too, for an InMail to somebody who was forgotten.
func (w *reacting) seal(ctx context.Context) error {
	hash, err := hasherOf(ctx, w.x)
	w.r.Note, w.r.ID = "", hash.of(w.r.ID)
	return err
}

// sealed is a text about a person as it may be stored: none of one who was
// forgotten.
func sealed(ctx context.Context, x *tx, person int64, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	var forgotten bool
	err := x.get(ctx, &forgotten, `SELECT suppress_reason = ? FROM people WHERE id = ?`, Forgotten, person)
	if forgotten {
		text = ""
	}
	return text, err
}
