package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"outpace/channel"
)

// Answer is what the values of one field of a JSON answer mean.
type Answer struct {
	Field    string // with dots into objects: result.status
	Sent     []string
	Waiting  []string
	NotSent  []string
	Verdicts map[string]channel.Verdict
}

// fieldsOf reads a JSON object, nil if it is none.
func fieldsOf(body []byte) (fields map[string]any) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber() // a number is compared as it stands
	if dec.Decode(&fields) != nil {
		return nil
	}
	if dec.More() {
		return nil
	}
	return fields
}

// lookup finds a scalar by its path, as text.
func lookup(fields map[string]any, path string) (string, bool) {
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		fields, _ = fields[key].(map[string]any)
	}
	switch v := fields[keys[len(keys)-1]].(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// judge says what the answer's field means; ok is false if that is not known.
// A field that says sent under a status that says otherwise means nothing.
func (m *Answer) judge(a *answer, success bool) (out channel.Outcome, ok bool) {
	value, found := lookup(a.fields, m.Field)
	if !found {
		return out, false
	}
	out.Detail = a.text()
	verdict, refused := m.Verdicts[value]
	switch {
	case refused:
		return a.refused(verdict), true
	case slices.Contains(m.NotSent, value):
		out.State, out.Next = channel.NotSent, channel.Fail
	case slices.Contains(m.Sent, value) && success:
		out.State = channel.Sent
	case slices.Contains(m.Waiting, value) && success:
		out.State = channel.Waiting
	case slices.Contains(m.Sent, value), slices.Contains(m.Waiting, value):
		out.State, out.Detail = channel.CannotTell, a.text()+", but its "+m.Field+" says it went well"
	default:
		return out, false
	}
	return out, true
}

// verdict is the verdict that stands in the answer, if one does.
func (a *answer) verdict() (channel.Verdict, error) {
	if a.fields["verdict"] == nil {
		return "", nil
	}
	if v, ok := a.fields["verdict"].(string); ok {
		if verdict, err := channel.ParseVerdict(v); err == nil {
			return verdict, nil
		}
	}
	return "", errors.New("its " + a.field("verdict") + " is none that is known")
}

// longestValue is how many bytes of a field's value are told.
const longestValue = 40

// field is a field by its path with its value, if that is a scalar: result.status
// "QUEUED". It is the one part of an answer that is told, as what is wrong with it
// could not be found otherwise.
func (a *answer) field(path string) string {
	value, found := lookup(a.fields, path)
	if !found {
		return path
	}
	if len(value) > longestValue {
		n := longestValue
		for n > 0 && !utf8.RuneStart(value[n]) {
			n--
		}
		value = value[:n] + "…"
	}
	return path + " " + strconv.Quote(value)
}
