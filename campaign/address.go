package campaign

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// fieldPath is how a field of a JSON answer is written.
var fieldPath = regexp.MustCompile(`^[^.\s]+(\.[^.\s]+)*$`)

// address checks a webhook's URL: what is plainly wrong is said here, where an
// address of a name leads is checked with every call.
func (l *loader) address(v val[string], allowHTTP bool, private []netip.Prefix) {
	u, err := url.Parse(v.V)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		l.problem(v.at, "url %q is not an address: write one like https://crm.example/hook", v.V)
		return
	case u.Scheme != "https" && u.Scheme != "http":
		l.problem(v.at, "url must begin with https://, not %s://", u.Scheme)
		return
	case u.User != nil:
		l.exposed(v.at, "url holds a password: put it into a file and name that in header_files")
		return
	case u.Fragment != "":
		l.problem(v.at, "url has a #fragment, which no receiver gets")
		return
	case strings.Contains(v.V, "{{"):
		l.problem(v.at, "url is not a template: it is the same for every message")
		return
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	ip, err := netip.ParseAddr(host)
	ip = ip.Unmap()
	if err != nil && (host == "localhost" || strings.HasSuffix(host, ".localhost")) {
		ip = netip.MustParseAddr("127.0.0.1")
	}
	if u.Scheme == "http" && !ip.IsLoopback() && !allowHTTP {
		l.problem(v.at, "url is not encrypted: write https, or allow_http: true if everybody on the way may read the messages")
	}
	if ip.IsValid() && isPrivate(ip) && !slices.ContainsFunc(private, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		l.problem(v.at, "url leads to the private address %s: write allow_private: [%s] if that is meant", ip, ip)
	}
}

// isPrivate says whether an address is not of the public internet. The channel
// itself refuses a few more.
func isPrivate(ip netip.Addr) bool {
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified()
}

// headerName is what a header may be called.
var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// ownHeaders are set by outpace, or by the connection.
var ownHeaders = []string{
	"host", "content-length", "transfer-encoding", "connection", "upgrade", "trailer", "te", "expect",
	"idempotency-key", "webhook-id", "webhook-timestamp", "webhook-signature",
}

// secretHeaders carry secrets.
var secretHeaders = []string{"authorization", "proxy-authorization", "cookie",
	"api-key", "apikey", "x-api-key", "x-auth-token", "x-access-token", "private-token"}

// headers reads the headers and the files of the secret ones.
func (l *loader) headers(w *Webhook, shape *channelShape) {
	w.Headers, w.HeaderFiles = map[string]string{}, map[string]string{}
	seen := map[string]bool{}
	each := func(list pairs, use func(p pair)) {
		for _, p := range list.items {
			name := strings.ToLower(p.key)
			switch {
			case !headerName.MatchString(p.key):
				l.problem(p.at, "%q is not the name of a header", p.key)
			case slices.Contains(ownHeaders, name):
				l.problem(p.at, "the header %s is set by outpace itself", p.key)
			case seen[name]:
				l.problem(p.at, "the header %s stands twice", p.key)
			case p.value.ok:
				use(p)
			}
			seen[name] = true
		}
	}
	each(shape.Headers, func(p pair) {
		switch {
		case slices.Contains(secretHeaders, strings.ToLower(p.key)):
			l.exposed(p.at, "secrets never stand in this file: put the value of %s into a file, and header_files: { %s: FILE } here", p.key, p.key)
		case strings.ContainsAny(p.value.V, "\r\n"):
			l.problem(p.value.at, "the header %s has a line break", p.key)
		}
		w.Headers[p.key] = p.value.V
	})
	each(shape.HeaderFile, func(p pair) {
		w.HeaderFiles[p.key] = l.secretFile(p.value, "header_files."+p.key)
	})
	each(shape.HeaderEnv, func(p pair) { w.HeaderFiles[p.key] = l.variable(p.value, "header_env."+p.key) })
}

// secrets reads where the signing secrets stand.
func (l *loader) secrets(w *Webhook, shape *channelShape) {
	switch name := shape.Credential; {
	case name.given && shape.Secret.given:
		l.problem(name.at, "secret_file and secret_credential: one of them is enough")
	case shape.SecretEnv.given && (name.given || shape.Secret.given):
		l.problem(shape.SecretEnv.at, "secret_env and another place of the secret: one of them is enough")
	case shape.SecretEnv.given:
		w.SecretFile = l.variable(shape.SecretEnv, "secret_env")
	case name.ok && !nameSyntax.MatchString(name.V):
		l.problem(name.at, "%q is not the name of a credential", name.V)
	case name.ok:
		w.SecretFile = CredentialsDir + "/" + name.V
	case shape.Secret.ok:
		w.SecretFile = l.secretFile(shape.Secret, "secret_file")
	}
	if shape.Previous.ok {
		w.PreviousSecretFile = l.secretFile(shape.Previous, "previous_secret_file")
		if w.SecretFile == "" {
			l.problem(shape.Previous.at, "previous_secret_file without secret_file: the new secret is missing")
		} else if w.SecretFile == w.PreviousSecretFile {
			l.problem(shape.Previous.at, "previous_secret_file is the same file as secret_file")
		}
	}
	if shape.PrevEnv.ok {
		previous := l.variable(shape.PrevEnv, "previous_secret_env")
		switch {
		case shape.Previous.given:
			l.problem(shape.PrevEnv.at, "previous_secret_file and previous_secret_env: one of them is enough")
		case w.SecretFile == "":
			l.problem(shape.PrevEnv.at, "previous_secret_env without a secret: the new one is missing")
		case w.SecretFile == previous:
			l.problem(shape.PrevEnv.at, "previous_secret_env is the same variable as secret_env")
		}
		w.PreviousSecretFile = previous
	}
}

// variableName is what an environment variable may be called.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// variable is the environment variable a setting names, as a file.
func (l *loader) variable(v val[string], key string) string {
	switch {
	case strings.HasPrefix(v.V, "whsec_"):
		l.exposed(v.at, "%s is a secret itself: secrets never stand in this file, put it into a variable of the daemon and name that", key)
	case v.ok && !variableName.MatchString(v.V):
		l.exposed(v.at, "%s is not the name of an environment variable", key) // but perhaps its value
	case v.ok:
		return Environment + "/" + v.V
	}
	return ""
}

// exposed notes a secret that stands in the file. The line is not shown: it
// would go on to a log.
func (l *loader) exposed(at Pos, format string, args ...any) {
	l.problems.add(Problem{Pos: at, Text: fmt.Sprintf(format, args...)})
}

// secretFile is the file a setting names.
func (l *loader) secretFile(v val[string], key string) string {
	if name, ok := strings.CutPrefix(v.V, CredentialsDir+"/"); ok {
		if !nameSyntax.MatchString(name) {
			l.problem(v.at, "%q is not the name of a credential", name)
		}
		return v.V
	}
	switch {
	case strings.HasPrefix(v.V, "whsec_"):
		l.exposed(v.at, "%s is a secret itself: secrets never stand in this file, put it into one of its own and name that", key)
	case v.ok && strings.TrimSpace(v.V) == "":
		l.problem(v.at, "%s is empty", key)
	case v.ok:
		l.missing(v.at, key, v.V)
		return l.abs(v.V)
	}
	return ""
}
