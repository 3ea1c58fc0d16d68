package scheduler

import "slices"

// heap is a binary heap: its top is the least by its order.
type heap[T comparable] struct {
	items []T
	less  func(a, b T) bool
}

func (h *heap[T]) len() int { return len(h.items) }

func (h *heap[T]) top() T { return h.items[0] }

func (h *heap[T]) push(it T) {
	h.items = append(h.items, it)
	h.up(len(h.items) - 1)
}

func (h *heap[T]) pop() T {
	top := h.items[0]
	h.removeAt(0)
	return top
}

// remove takes one item out, wherever it stands.
func (h *heap[T]) remove(it T) {
	if i := slices.Index(h.items, it); i >= 0 {
		h.removeAt(i)
	}
}

func (h *heap[T]) removeAt(i int) {
	last := len(h.items) - 1
	h.items[i] = h.items[last]
	var none T
	h.items[last] = none
	h.items = h.items[:last]
	if i < last {
		h.down(i)
		h.up(i)
	}
}

func (h *heap[T]) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.less(h.items[i], h.items[parent]) {
			return
		}
		h.items[i], h.items[parent] = h.items[parent], h.items[i]
		i = parent
	}
}

func (h *heap[T]) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.items); child++ {
			if h.less(h.items[child], h.items[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		h.items[i], h.items[least] = h.items[least], h.items[i]
		i = least
	}
}

// count counts the items for which counts holds, no further than most. It
// looks below an item only while within holds for it, which must be so for
// every item that comes before it.
func (h *heap[T]) count(most int, within, counts func(T) bool) (n int) {
	stack := []int{0}
	for len(stack) > 0 && n < most {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if i >= len(h.items) || !within(h.items[i]) {
			continue
		}
		if counts(h.items[i]) {
			n++
		}
		stack = append(stack, 2*i+1, 2*i+2)
	}
	return n
}
