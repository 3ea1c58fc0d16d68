package campaign

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// node is what the test reads of a schema.
type node struct {
	Type        string           `json:"type"`
	Description string           `json:"description"`
	Properties  map[string]*node `json:"properties"`
	Additional  json.RawMessage  `json:"additionalProperties"`
	Items       *node            `json:"items"`
	OneOf       []*node          `json:"oneOf"`
	Enum        []any            `json:"enum"`
	Required    []string         `json:"required"`
}

// fits says why a value does not fit the schema's shape; empty if it does.
func (n *node) fits(v any, path string) string {
	if len(n.OneOf) > 0 {
		var why []string
		for _, alternative := range n.OneOf {
			reason := alternative.fits(v, path)
			if reason == "" {
				return ""
			}
			why = append(why, reason)
		}
		return strings.Join(why, " or ")
	}
	switch v := v.(type) {
	case map[string]any:
		return n.fitsObject(v, path)
	case []any:
		if n.Type != "array" {
			return path + ": a list"
		}
		for i, item := range v {
			if why := n.Items.fits(item, fmt.Sprintf("%s[%d]", path, i)); why != "" {
				return why
			}
		}
	default:
		if n.Type == "object" || n.Type == "array" {
			return path + ": a single value"
		}
	}
	return ""
}

func (n *node) fitsObject(v map[string]any, path string) string {
	if n.Type != "object" {
		return path + ": a mapping"
	}
	for _, key := range n.Required {
		if _, ok := v[key]; !ok {
			return path + ": no " + key
		}
	}
	for key, value := range v {
		below, known := n.Properties[key]
		if !known {
			if string(n.Additional) == "false" {
				return path + ": unknown key " + key
			}
			if len(n.Additional) == 0 {
				continue
			}
			below = &node{}
			if err := json.Unmarshal(n.Additional, below); err != nil {
				return err.Error()
			}
		}
		if why := below.fits(value, path+"."+key); why != "" {
			return why
		}
	}
	return ""
}

// What loads fits the schema, and the schema describes every key.
func TestSchema(t *testing.T) {
	b, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var root node
	if err := json.Unmarshal(b, &root); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("testdata/good/*.yaml")
	if example := "../campaigns.example.yaml"; exists(example) {
		files = append(files, example)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := yaml.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		if why := root.fits(v, ""); why != "" {
			t.Errorf("%s: %s", file, why)
		}
	}
	for _, key := range []string{"accounts", "campaigns", "plans", "timezone"} {
		if p := root.Properties[key]; p == nil || p.Description == "" {
			t.Errorf("%s is not described", key)
		}
	}
	for _, bad := range []string{"acounts: {}", "accounts: {ada: {plam: x}}", "plans: []", "campaigns: {c: {steps: [{send: [x]}]}}", "campaigns: {c: {targets: [{name: x}]}}"} {
		var v any
		if err := yaml.Unmarshal([]byte(bad), &v); err != nil {
			t.Fatal(err)
		}
		if root.fits(v, "") == "" {
			t.Errorf("%s fits the schema", bad)
		}
	}
}
