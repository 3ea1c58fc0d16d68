package app

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// keysDiffer names the keys of the file in which two definitions of a campaign
// differ, in alphabetical order; "" for anything else.
func keysDiffer(what, was, is string) string {
	var before, after map[string]json.RawMessage
	if what != "campaign" || json.Unmarshal([]byte(was), &before) != nil || json.Unmarshal([]byte(is), &after) != nil {
		return ""
	}
	keys := map[string]bool{}
	for key, value := range before {
		keys[key] = string(value) != string(after[key])
	}
	for key, value := range after {
		keys[key] = string(value) != string(before[key])
	}
	var list []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if keys[key] {
			list = append(list, yamlKey(key))
		}
	}
	return strings.Join(list, ", ")
}

// yamlKey is what the file calls a field of a stored campaign.
func yamlKey(field string) string {
	if field == "company_reply" {
		return "stop_on"
	}
	return field
}
