package webhook

import (
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
)

func TestGuard(t *testing.T) {
	allowed := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/64"), netip.MustParsePrefix("169.254.169.254/32")}
	for address, want := range map[string]bool{
		"8.8.8.8:443": true, "[2606:4700::1111]:443": true, "[::ffff:8.8.8.8]:443": true,
		"10.1.2.3:443": true, "[::ffff:10.1.2.3]:443": true, "[fd00::1]:443": true, "169.254.169.254:80": true,
		"10.2.0.1:443": false, "172.16.0.1:443": false, "192.168.0.1:443": false, "127.0.0.1:443": false,
		"127.9.9.9:443": false, "0.0.0.0:443": false, "0.1.2.3:443": false, "100.64.0.1:443": false,
		"169.254.1.1:443": false, "224.0.0.1:443": false, "255.255.255.255:443": false, "240.0.0.1:443": false,
		"198.18.0.1:443": false, "192.0.2.1:443": false, "203.0.113.9:443": false,
		"[::1]:443": false, "[::]:443": false, "[fe80::1%eth0]:443": false, "[fc00::1]:443": false, "[fd00:0:0:1::1]:443": false,
		"[ff02::1]:443": false, "[::ffff:127.0.0.1]:443": false, "[::127.0.0.1]:443": false, "[64:ff9b::7f00:1]:443": false,
		"[2002:7f00:1::]:443": false, "[2001:db8::1]:443": false, "[fec0::1]:443": false,
		"nonsense": false, "": false,
	} {
		if err := guard(allowed)("tcp", address, nil); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// The address behind a name is what is checked, and a refusal is for a person.
func TestPrivateAddressIsRefused(t *testing.T) {
	var called atomic.Bool
	url := serving(t, func(http.ResponseWriter, *http.Request) { called.Store(true) })
	for _, url := range []string{url, strings.Replace(url, "127.0.0.1", "localhost", 1)} {
		got := to(t, url, func(c *Config) { c.AllowPrivate = nil }).Send(t.Context(), delivery())
		same(t, got, off)
		if !strings.Contains(got.Detail, "allow_private") {
			t.Errorf("detail %q", got.Detail)
		}
	}
	if called.Load() {
		t.Error("a private address was called")
	}
}
