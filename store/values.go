package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// Instant is a time.Time that is stored as microseconds since 1970, in UTC.
// The zero Instant is NULL.
type Instant struct{ time.Time }

// on makes an Instant of t, for arguments of statements.
func on(t time.Time) Instant { return Instant{t} }

// Value is the microseconds, or nil for the zero Instant.
func (i Instant) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil
	}
	return i.UnixMicro(), nil
}

// Scan reads what Value writes.
func (i *Instant) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = Instant{}
	case int64:
		*i = Instant{time.UnixMicro(v).UTC()}
	default:
		return fmt.Errorf("a time in the database is a %T, not a number of microseconds", src)
	}
	return nil
}

// asJSON stores its value as JSON text.
type asJSON[T any] struct {
	V    T
	text string // as read: equal texts are equal values
}

func (j asJSON[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(j.V)
	return string(b), err
}

func (j *asJSON[T]) Scan(src any) error {
	switch v := src.(type) {
	case string:
		j.text = v
	case []byte:
		j.text = string(v)
	default:
		return fmt.Errorf("JSON in the database is a %T, not a text", src)
	}
	return json.Unmarshal([]byte(j.text), &j.V)
}
