package exec

import (
	"encoding/json"
	"errors"
	"fmt"
	"syscall"

	"outpace/channel"
)

// The exit codes that mean something: those of sysexits.h that fit.
const (
	exitSent       = 0
	exitDataErr    = 65 // the message can never go out
	exitNoUser     = 67 // the person is not there
	exitNoService  = 69 // this kind cannot be sent that way
	exitTempFail   = 75 // again later
	exitNoPerm     = 77 // the platform refuses: a daily limit, or the verdict on stdout
	exitBadConfig  = 78 // a person must look: the channel goes off
	signalledAbove = 128
)

// judge says what an exit code means; spoken says that the program spoke of
// this very key. Output is read for the verdict only.
func judge(code int, stdout []byte) (out channel.Outcome, spoken bool) {
	out = channel.Outcome{State: channel.NotSent, Detail: fmt.Sprintf("exit code %d", code)}
	switch code {
	case exitSent:
		out.State = channel.Sent
	case exitDataErr, exitNoUser, exitNoService:
		out.Next, spoken = channel.Fail, true
	case exitNoPerm:
		out.Verdict = verdict(stdout) // of the account: its day may be full because of the run before
	case exitTempFail:
		out.Next = channel.Again
	case exitBadConfig:
		out.Next = channel.SwitchOff
	default:
		out.State = channel.CannotTell
		if code > signalledAbove { // as shells say it
			out.Detail += fmt.Sprintf(" (perhaps signal %d)", code-signalledAbove)
		}
	}
	return out, spoken
}

// verdict is the one that stands in {"verdict": "…"} on stdout, else that of
// the daily limit.
func verdict(stdout []byte) channel.Verdict {
	var said struct {
		Verdict string `json:"verdict"`
	}
	if json.Unmarshal(stdout, &said) == nil {
		if v, err := channel.ParseVerdict(said.Verdict); err == nil && v != "" {
			return v
		}
	}
	return channel.DailyLimit
}

// notStarted is the outcome of a program that never ran: a machine without
// room passes by itself, a missing program needs a person.
func notStarted(err error) channel.Outcome {
	out := channel.Outcome{State: channel.NotSent, Next: channel.SwitchOff, Detail: "cannot start: " + err.Error()}
	for _, passing := range []error{syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE, syscall.ETXTBSY} {
		if errors.Is(err, passing) {
			out.Next = channel.Again
		}
	}
	return out
}
