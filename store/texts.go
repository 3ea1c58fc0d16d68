package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"outpace/campaign"
	"outpace/limits"
)

// texts renders steps for targets, and keeps the templates it has read.
type texts struct {
	templates map[string]*campaign.Template
}

// Text is what a step says to a target as one of its kinds.
type Text struct {
	Kind    limits.Kind `json:"kind"`
	Subject string      `json:"subject"`
	Body    string      `json:"body"`
}

// render fills a step's template, its own or its else's, with a target's fields.
func (r *texts) render(ctx context.Context, x *tx, step *campaign.Step, isElse bool, fields map[string]string) (text Text, err error) {
	name := step.Template
	text.Kind = step.Kind
	if isElse {
		text.Kind = step.Else.Kind
		if step.Else.Template != "" {
			name = step.Else.Template
		}
	}
	if name == "" {
		return text, nil
	}
	t := r.templates[name]
	if t == nil {
		var def asJSON[campaign.Template]
		if err := x.get(ctx, &def, `SELECT def FROM templates WHERE name = ?`, name); err != nil {
			return text, err
		}
		if r.templates == nil {
			r.templates = map[string]*campaign.Template{}
		}
		t = &def.V
		r.templates[name] = t
	}
	text.Subject, text.Body, err = t.Render(fields)
	return text, err
}

// all are the texts that a step may send to a target: its own, and its else's
// if it has one.
func (r *texts) all(ctx context.Context, x *tx, step *campaign.Step, fields map[string]string) ([]Text, error) {
	own, err := r.render(ctx, x, step, false, fields)
	if err != nil || step.Else == nil {
		return []Text{own}, err
	}
	other, err := r.render(ctx, x, step, true, fields)
	return []Text{own, other}, err
}

// digest sums up what approving the step for the target approves: its texts
// and the kinds as which they go.
func (r *texts) digest(ctx context.Context, x *tx, step *campaign.Step, t *targetRow, profile string) (string, error) {
	fields, err := fieldsOf(t, profile)
	if err != nil {
		return "", err
	}
	list, err := r.all(ctx, x, step, fields)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, text := range list {
		fmt.Fprintf(sum, "%s\x00%s\x00%s\x00", text.Kind, text.Subject, text.Body)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16]), nil
}
