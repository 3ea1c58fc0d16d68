package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"outpace/app"
	"outpace/campaign"
	"outpace/channel/webhook"
)

// opener makes channels as the daemon would, from the environment it is in.
func (c *cli) opener(allowExec bool) opener {
	return opener{
		allowExec: allowExec, credentials: c.env("CREDENTIALS_DIRECTORY"), env: c.env, path: c.env("PATH"), stderr: c.stderr,
	}
}

// tryChannel looks whether a channel can be opened: a secret may be missing, a
// program not be there, a file not be writable. It sends nothing, calls nobody and
// changes nothing. What only the daemon's user or unit has cannot be told.
func (c *cli) tryChannel(def *campaign.Channel) app.Check {
	check := app.Check{Check: "channel " + def.Name, State: app.CheckOK, Detail: "can be opened"}
	if def.Exec != nil {
		check.Detail += ", by a daemon that runs with --allow-exec"
	}
	err := appendable(def.Path) // opening an outbox repairs its file
	if def.Path == "" {
		o := c.opener(true)
		err = o.try([]*campaign.Channel{def})
	}
	var unopened *unopenedError
	if errors.As(err, &unopened) {
		err = unopened.err
	}
	why := func() string { return strings.ReplaceAll(err.Error(), "\n", "; ") } // there may be several
	switch {
	case errors.Is(err, webhook.ErrElsewhere), errors.Is(err, os.ErrPermission):
		check.State, check.Detail = app.CheckWarn, "cannot be tried from here, perhaps by the daemon: "+why()
	case err != nil:
		check.State, check.Detail = app.CheckFail, "cannot be opened: "+why()
	}
	return check
}

// appendable says why a file cannot be appended to, or made.
func appendable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		probe, err := os.CreateTemp(filepath.Dir(path), ".outpace-doctor-")
		if err != nil {
			return err
		}
		return errors.Join(probe.Close(), os.Remove(probe.Name()))
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	return f.Close()
}
