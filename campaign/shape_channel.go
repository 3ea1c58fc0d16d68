package campaign

import "slices"

type channelShape struct {
	Type       val[channelType]   `json:"type" doc:"desk: a person sends; outbox: a line in a file; webhook: a call of your own endpoint; exec: a run of your own program."`
	Path       val[string]        `json:"path" doc:"outbox: the file, relative to this one."`
	URL        val[string]        `json:"url" doc:"webhook: the address, https (http for this machine only, unless allow_http)."`
	Method     val[method]        `json:"method" doc:"webhook: POST (default), PUT or PATCH."`
	Headers    pairs              `json:"headers" doc:"webhook: further headers. Secret ones belong in header_files or header_env."`
	HeaderFile pairs              `json:"header_files" doc:"webhook: headers whose value stands in a file, like Authorization."`
	HeaderEnv  pairs              `json:"header_env" doc:"webhook: headers whose value stands in an environment variable of the daemon."`
	Secret     val[string]        `json:"secret_file" doc:"webhook: the file with the secret that signs (Standard Webhooks, whsec_…), relative to this one, or $CREDENTIALS_DIRECTORY/NAME."`
	Credential val[string]        `json:"secret_credential" doc:"webhook: instead of secret_file, the name of a systemd credential."`
	SecretEnv  val[string]        `json:"secret_env" doc:"webhook: instead of secret_file, the environment variable of the daemon that holds it."`
	Previous   val[string]        `json:"previous_secret_file" doc:"webhook: the secret before, while receivers change to the new one: both sign."`
	PrevEnv    val[string]        `json:"previous_secret_env" doc:"webhook: instead of previous_secret_file, an environment variable."`
	Body       val[string]        `json:"body" doc:"webhook: a template of the body, like {\"text\": {{json .body}}}; default: the outbox line."`
	Sent       many[val[int]]     `json:"sent" doc:"webhook: the statuses that mean sent (default 2xx)."`
	NotSent    many[val[int]]     `json:"not_sent" doc:"webhook: the statuses that mean certainly not sent, and never to be: the message fails."`
	Answer     block[answerShape] `json:"answer" doc:"webhook: what a field of the JSON answer means."`
	AllowHTTP  val[bool]          `json:"allow_http" doc:"webhook: http to other machines, unencrypted."`
	Private    many[val[network]] `json:"allow_private" doc:"webhook: private networks that may be called, like 10.0.0.0/8 or 127.0.0.1."`
	Command    list[val[string]]  `json:"command" doc:"exec: the program and its arguments; no shell reads them."`
	Timeout    val[Duration]      `json:"timeout" doc:"webhook, exec: how long one message may take (default 20s, 1m)."`
	Workers    val[int]           `json:"workers" doc:"webhook, exec: messages under way at once (default 4, 1)."`
	Idempotent val[bool]          `json:"idempotent" doc:"webhook, exec: the same key twice has the effect of once, so that what is unsure is tried again."`
}

type answerShape struct {
	Field    val[string]     `json:"field" doc:"The field, with dots into objects: result.status."`
	Sent     many[val[word]] `json:"sent" doc:"Its values that mean sent."`
	Waiting  many[val[word]] `json:"waiting" doc:"Its values that mean accepted; a report follows."`
	NotSent  many[val[word]] `json:"not_sent" doc:"Its values that mean certainly not sent, and never to be."`
	Verdicts pairs           `json:"verdicts" doc:"Its values that mean a verdict of the platform: LIMIT: daily_limit."`
}

// The types of channels.
const (
	deskName    = "desk"
	outboxName  = "outbox"
	webhookName = "webhook"
	execName    = "exec"
)

var channelTypes = []string{deskName, outboxName, webhookName, execName}

// channelKey is a key of a channel's entry, if it stands there.
type channelKey struct {
	name  string
	at    Pos
	given bool
	types []string // that have it
}

// keys are those of an entry but its type.
func (s *channelShape) keys() []channelKey {
	outbox, hook, program := []string{outboxName}, []string{webhookName}, []string{execName}
	called := slices.Concat(hook, program)
	return []channelKey{
		{"path", s.Path.at, s.Path.given, outbox},
		{"url", s.URL.at, s.URL.given, hook},
		{"method", s.Method.at, s.Method.given, hook},
		{"headers", s.Headers.at, s.Headers.given, hook},
		{"header_files", s.HeaderFile.at, s.HeaderFile.given, hook},
		{"header_env", s.HeaderEnv.at, s.HeaderEnv.given, hook},
		{"secret_file", s.Secret.at, s.Secret.given, hook},
		{"secret_credential", s.Credential.at, s.Credential.given, hook},
		{"secret_env", s.SecretEnv.at, s.SecretEnv.given, hook},
		{"previous_secret_env", s.PrevEnv.at, s.PrevEnv.given, hook},
		{"previous_secret_file", s.Previous.at, s.Previous.given, hook},
		{"body", s.Body.at, s.Body.given, hook},
		{"sent", s.Sent.at, s.Sent.given, hook},
		{"not_sent", s.NotSent.at, s.NotSent.given, hook},
		{"answer", s.Answer.at, s.Answer.given, hook},
		{"allow_http", s.AllowHTTP.at, s.AllowHTTP.given, hook},
		{"allow_private", s.Private.at, s.Private.given, hook},
		{"command", s.Command.at, s.Command.given, program},
		{"timeout", s.Timeout.at, s.Timeout.given, called},
		{"workers", s.Workers.at, s.Workers.given, called},
		{"idempotent", s.Idempotent.at, s.Idempotent.given, called},
	}
}
