package campaign

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"unicode"
)

// maxDomain is the length of a domain name in bytes (RFC 1035).
const maxDomain = 253

// Domain is the domain name in a mail address, a web address or a bare name:
// in lower case, without www. An address of numbers or a name without a dot is
// an error. Names with other letters than a to z stay as they are written:
// bücher.example and xn--bcher-kva.example are two.
func Domain(text string) (string, error) {
	name := strings.ToLower(strings.TrimSpace(text))
	if _, rest, ok := strings.Cut(name, "://"); ok {
		name = rest
	}
	name, _, _ = strings.Cut(strings.TrimPrefix(name, "mailto:"), "/")
	if i := strings.IndexAny(name, "?#"); i >= 0 {
		name = name[:i]
	}
	if i := strings.LastIndexByte(name, '@'); i >= 0 {
		name = name[i+1:]
	}
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name = name[:i]
	}
	name = strings.TrimPrefix(strings.TrimSuffix(name, "."), "www.")
	if !isDomain(name) {
		return "", fmt.Errorf("%q holds no domain name like example.com", text)
	}
	return name, nil
}

func isDomain(name string) bool {
	if len(name) > maxDomain || !strings.Contains(name, ".") || net.ParseIP(name) != nil {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, notInLabel) {
			return false
		}
	}
	return true
}

func notInLabel(r rune) bool {
	return r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
}

// domainColumns are the further columns of a target that tell a domain.
var domainColumns = []string{"email", "e_mail", "domain", "website"}

// Domains are the domain names that a target's further columns email, domain
// and website tell, sorted, each once. A cell may hold several, parted by
// commas, semicolons or blanks; what is no domain tells nothing.
func Domains(extra map[string]string) []string {
	var list []string
	for _, column := range domainColumns {
		cell := extra[column]
		if cell == "" {
			continue
		}
		for _, part := range strings.FieldsFunc(cell, func(r rune) bool {
			return r == ',' || r == ';' || unicode.IsSpace(r)
		}) {
			if name, err := Domain(strings.Trim(part, "<>()\"'")); err == nil {
				list = append(list, name)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// AndAbove are a domain and those it lies in, the nearest first:
// mail.example.com, example.com.
func AndAbove(domain string) []string {
	list := []string{domain}
	for {
		_, rest, _ := strings.Cut(domain, ".")
		if !strings.Contains(rest, ".") {
			return list
		}
		domain = rest
		list = append(list, domain)
	}
}
