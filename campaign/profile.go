package campaign

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	linkedInSite = "https://www.linkedin.com/"
	plainName    = "abcdefghijklmnopqrstuvwxyz0123456789-"
)

// maxProfile is the length of a profile address in bytes.
const maxProfile = 500

// Canonical is the one spelling of a profile's address, by which a person is
// known everywhere: https, lower case, no query or fragment, and for LinkedIn
// the www host and nothing behind /in/name. What is not a person's http(s)
// address is an error. Canonical of its own answer is that answer.
func Canonical(profile string) (string, error) {
	profile = strings.TrimSpace(profile)
	if profile == "" {
		return "", errors.New("a profile address is missing")
	}
	if len(profile) > maxProfile {
		return "", fmt.Errorf("a profile address of more than %d characters", maxProfile)
	}
	if name, ok := strings.CutPrefix(profile, linkedInSite+"in/"); ok && name != "" && strings.Trim(name, plainName) == "" {
		return profile, nil // as nearly all of a million rows stand already
	}
	if !utf8.ValidString(profile) || strings.ContainsFunc(profile, unsafeInAddress) {
		return "", fmt.Errorf("%+q is not an address", profile)
	}
	if bare := strings.ToLower(profile); linkedInPrefix.MatchString(bare) {
		profile = "https://" + profile
	}
	u, err := url.Parse(profile)
	if err != nil {
		return "", fmt.Errorf("%q is not an address", profile)
	}
	if scheme := strings.ToLower(u.Scheme); scheme != "https" && scheme != "http" {
		return "", fmt.Errorf("%q is not the address of a profile: it must begin with https://", profile)
	}
	host, err := canonicalHost(u)
	if err != nil {
		return "", err
	}
	segments, err := pathSegments(u)
	if err != nil {
		return "", err
	}
	canonical := ""
	if linkedInHost.MatchString(host) {
		canonical, err = linkedInProfile(segments)
	} else {
		canonical, err = otherProfile(host, segments, u.RawQuery)
	}
	if err == nil && len(canonical) > maxProfile {
		err = fmt.Errorf("a profile address of more than %d characters", maxProfile)
	}
	if err != nil {
		return "", err
	}
	return canonical, nil
}

var (
	// People paste addresses of LinkedIn without https://.
	linkedInPrefix = regexp.MustCompile(`^([a-z]{1,6}\.)?linkedin\.com/`)
	// Country hosts and the mobile ones show the same people.
	linkedInHost = regexp.MustCompile(`^((www|m|mobile|touch|[a-z]{2})\.)?linkedin\.com$`)
	// Member ids, unlike names, tell upper from lower case.
	memberID = regexp.MustCompile(`^ACo[A-Za-z0-9_-]{20,}$`)
	hostName = regexp.MustCompile(`^[\pL\pM\pN]([\pL\pM\pN_.-]*[\pL\pM\pN])?$`)
)

func unsafeInAddress(r rune) bool {
	return unicode.IsControl(r) || unicode.IsSpace(r) || isBidi(r) || r == utf8.RuneError
}

func canonicalHost(u *url.URL) (string, error) {
	host := strings.TrimSuffix(lower(u.Hostname()), ".")
	if u.User != nil || !hostName.MatchString(host) {
		return "", fmt.Errorf("%q is not the address of a profile", u.Redacted())
	}
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		host += ":" + port
	}
	return host, nil
}

// lower is the text in lower case and normal form C. Lower case may undo the
// form and the other way round, so it goes on until nothing changes.
func lower(s string) string {
	for range 4 {
		next := norm.NFC.String(strings.ToLower(s))
		if next == s {
			break
		}
		s = next
	}
	return s
}

// pathSegments are the path's parts, decoded, without empty ones, . and ..
func pathSegments(u *url.URL) (segments []string, err error) {
	for part := range strings.SplitSeq(u.EscapedPath(), "/") {
		part, err := url.PathUnescape(part)
		if err != nil || !utf8.ValidString(part) || strings.ContainsFunc(part, unsafeInAddress) {
			return nil, fmt.Errorf("%q is not an address: its path cannot be read", u.Redacted())
		}
		switch part = norm.NFC.String(part); part {
		case "", ".":
		case "..":
			segments = segments[:max(0, len(segments)-1)]
		default:
			segments = append(segments, part)
		}
	}
	return segments, nil
}

func linkedInProfile(segments []string) (string, error) {
	if len(segments) < 2 {
		return "", errors.New("the address names no person: it should look like https://www.linkedin.com/in/name")
	}
	switch area := lower(segments[0]); area {
	case "in":
		if name := segments[1]; !memberID.MatchString(name) {
			return linkedInSite + "in/" + url.PathEscape(lower(name)), nil
		}
		return linkedInSite + "in/" + segments[1], nil
	case "company", "school", "showcase", "groups", "jobs", "feed", "posts", "pulse":
		return "", fmt.Errorf("an address below linkedin.com/%s is not a person's", area)
	case "pub":
		return linkedInSite + lower(joinPath(segments)), nil
	}
	// Sales Navigator and Recruiter: their ids tell upper from lower case, and
	// behind a comma stands how the person was found.
	id, _, _ := strings.Cut(segments[len(segments)-1], ",")
	if id == "" {
		return "", errors.New("the address names no person: its id is missing")
	}
	segments[len(segments)-1] = id
	return linkedInSite + joinPath(segments), nil
}

func otherProfile(host string, segments []string, query string) (string, error) {
	address := "https://" + host + "/" + joinPath(segments)
	address = strings.TrimSuffix(address, "/")
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", errors.New("the address's query (behind ?) cannot be read")
	}
	// Elsewhere a query may say who it is; what only tracks clicks does not.
	for key, list := range values {
		if strings.HasPrefix(strings.ToLower(key), "utm_") {
			delete(values, key)
		}
		if !utf8.ValidString(key + strings.Join(list, "")) {
			return "", errors.New("the address's query (behind ?) is not UTF-8")
		}
	}
	if len(values) > 0 {
		address += "?" + values.Encode()
	}
	if len(segments) == 0 && len(values) == 0 {
		return "", fmt.Errorf("https://%s names no person", host)
	}
	return address, nil
}

func joinPath(segments []string) string {
	escaped := make([]string, len(segments))
	for i, s := range segments {
		escaped[i] = url.PathEscape(s)
	}
	return strings.Join(escaped, "/")
}
