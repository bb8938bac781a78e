// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// fifo is a queue in a ring, which grows with what waits and shrinks when it is empty.
type fifo struct {
	ring  []record
	first int
	count int
}

const leastRing = 8

func (f *fifo) size() int { return f.count }

func (f *fifo) push(r record) {
	if f.count == len(f.ring) {
		f.grow()
	}
	f.ring[(f.first+f.count)&(len(f.ring)-1)] = r
	f.count++
}

func (f *fifo) grow() {
	ring := make([]record, max(2*len(f.ring), leastRing))
	n := copy(ring, f.ring[f.first:])
	copy(ring[n:], f.ring[:f.first])
	f.ring, f.first = ring, 0
}

func (f *fifo) pop() (record, bool) {
	if f.count == 0 {
		return record{}, false
	}
	r := f.ring[f.first]
	f.ring[f.first] = record{}
	f.first = (f.first + 1) & (len(f.ring) - 1)
	f.count--
	if f.count == 0 && len(f.ring) > 1024 {
		*f = fifo{}
	}
	return r, true
}
