package campaign

import (
	"errors"
	"fmt"
	"strings"
	"text/template/parse"
)

// walker checks a parsed template: it may show fields, leave parts out (if,
// with) and call the dialect's functions, and nothing else. What it may not do
// cannot loop, and what it uses is known.
type walker struct {
	program *program
	tree    *parse.Tree
	dialect *dialect
}

// dialect is what a kind of template may call.
type dialect struct {
	arguments map[string]int // how many each function takes
	names     string         // of the functions, for messages
	mayBeBare bool           // a placeholder may have nothing to show
}

// texts is how the texts of messages are written, payloads how the bodies of
// webhooks are.
var (
	texts = &dialect{
		arguments: map[string]int{"default": 2, "title": 1, "upper": 1, "lower": 1, "trim": 1},
		names:     "default, title, upper, lower, trim",
	}
	payloads = &dialect{
		arguments: map[string]int{"json": 1, "urlquery": 1, "default": 2, "title": 1, "upper": 1, "lower": 1, "trim": 1},
		names:     "json, urlquery, default, title, upper, lower, trim",
		mayBeBare: true,
	}
)

// maxTemplateDepth bounds ifs within ifs and parentheses.
const maxTemplateDepth = 20

var errTemplateDepth = errors.New("nested too deeply")

// list checks the nodes of a text. inWith says that the dot is a text.
func (w walker) list(l *parse.ListNode, inWith bool, depth int) error {
	if l == nil {
		return nil
	}
	if depth > maxTemplateDepth {
		return errTemplateDepth
	}
	for _, node := range l.Nodes {
		if err := w.node(node, inWith, depth); err != nil {
			return err
		}
	}
	return nil
}

func (w walker) node(node parse.Node, inWith bool, depth int) error {
	switch n := node.(type) {
	case *parse.TextNode, *parse.CommentNode:
		return nil
	case *parse.ActionNode:
		return w.action(n, inWith, depth)
	case *parse.IfNode:
		return w.branch(&n.BranchNode, inWith, inWith, depth)
	case *parse.WithNode:
		return w.branch(&n.BranchNode, inWith, true, depth)
	}
	return w.refuse(node, "is not allowed: use fields, if, else, with and the functions "+w.dialect.names)
}

func (w walker) branch(n *parse.BranchNode, inWith, inside bool, depth int) error {
	if err := w.pipe(n.Pipe, inWith, depth); err != nil {
		return err
	}
	if err := w.list(n.List, inside, depth+1); err != nil {
		return err
	}
	return w.list(n.ElseList, inWith, depth+1)
}

// action checks a placeholder and makes it fail where it has nothing to show.
func (w walker) action(n *parse.ActionNode, inWith bool, depth int) error {
	place := n.String()
	if err := w.pipe(n.Pipe, inWith, depth); err != nil || w.dialect.mayBeBare {
		return err
	}
	pos := n.Pipe.Position()
	ident := parse.NewIdentifier(filled).SetPos(pos).SetTree(w.tree)
	quoted := &parse.StringNode{NodeType: parse.NodeString, Pos: pos, Quoted: fmt.Sprintf("%q", place), Text: place}
	n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: pos, Args: []parse.Node{ident, quoted}})
	return nil
}

func (w walker) pipe(p *parse.PipeNode, inWith bool, depth int) error {
	if depth > maxTemplateDepth {
		return errTemplateDepth
	}
	if len(p.Decl) > 0 {
		return w.refuse(p, "is not allowed: templates have no variables")
	}
	for i, cmd := range p.Cmds {
		if err := w.command(cmd, i > 0, inWith, depth); err != nil {
			return err
		}
	}
	return nil
}

// command checks one part of a pipeline; piped says that it gets the part
// before it as its last argument.
func (w walker) command(cmd *parse.CommandNode, piped, inWith bool, depth int) error {
	call, isCall := cmd.Args[0].(*parse.IdentifierNode)
	if !isCall {
		if piped || len(cmd.Args) > 1 {
			return w.refuse(cmd, "cannot be called: use the functions "+w.dialect.names)
		}
		return w.argument(cmd.Args[0], inWith, depth)
	}
	want, known := w.dialect.arguments[call.Ident]
	if !known {
		return w.refuse(call, "is not a function: there are "+w.dialect.names)
	}
	got := len(cmd.Args) - 1
	if piped {
		got++
	}
	if got != want {
		return w.refuse(cmd, fmt.Sprintf("has %d arguments, but %s takes %d", got, call.Ident, want))
	}
	for _, arg := range cmd.Args[1:] {
		if err := w.argument(arg, inWith, depth); err != nil {
			return err
		}
	}
	return nil
}

// argument checks a value: a field, a text, or a pipeline in parentheses.
func (w walker) argument(node parse.Node, inWith bool, depth int) error {
	switch n := node.(type) {
	case *parse.StringNode:
		return nil
	case *parse.FieldNode:
		if len(n.Ident) != 1 {
			return w.refuse(n, "has too many dots: fields are written like {{.company}}")
		}
		if inWith {
			return w.refuse(n, "stands within a with: write $"+n.String()+" there")
		}
		w.program.fields = append(w.program.fields, n.Ident[0])
		return nil
	case *parse.VariableNode: // $.company
		if n.Ident[0] != "$" || len(n.Ident) != 2 {
			return w.refuse(n, "is not allowed: fields are written like {{.company}}")
		}
		w.program.fields = append(w.program.fields, n.Ident[1])
		return nil
	case *parse.DotNode:
		if !inWith {
			return w.refuse(n, "alone means nothing here: fields are written like {{.company}}")
		}
		return nil
	case *parse.PipeNode:
		return w.pipe(n, inWith, depth+1)
	}
	return w.refuse(node, "is not allowed: fields are written like {{.company}}")
}

// refuse says where a template does what it may not.
func (w walker) refuse(node parse.Node, why string) error {
	location, _ := w.tree.ErrorContext(node) // subject:1:7
	what, _, _ := strings.Cut(node.String(), "\n")
	if len(what) > 60 {
		what = what[:60] + "…"
	}
	return fmt.Errorf("%s: %s %s", location, strings.ToValidUTF8(what, ""), why)
}
