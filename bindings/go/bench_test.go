// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie_test

import (
	"fmt"
	"sync"
	"testing"

	"pie"
	"pie/internal/baseline"
)

func BenchmarkPing(b *testing.B) {
	b.Run("go", func(b *testing.B) {
		c := connect(b, uri05(b))
		ctx := soon(b)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Ping(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("c", func(b *testing.B) {
		if baseline.Pings(uri05(b), b.N) != 0 {
			b.Fatal("failed")
		}
	})
}

// BenchmarkPings1000 has 1000 goroutines ping at once.
func BenchmarkPings1000(b *testing.B) {
	c := connect(b, uri05(b))
	ctx := soon(b)
	b.SetParallelism(500)
	b.ReportAllocs()
	b.RunParallel(func(loop *testing.PB) {
		for loop.Next() {
			if _, err := c.Ping(ctx); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkLaunch(b *testing.B) {
	c := connect(b, uri05(b))
	ctx := soon(b)
	b.ReportAllocs()
	for b.Loop() {
		p, err := c.Launch(ctx, echo, script(`[["return",1]]`))
		must(b, err)
		_, err = p.Result(ctx)
		must(b, err)
		p.Close()
	}
}

// BenchmarkStream takes messages of 32 bytes of one process.
func BenchmarkStream(b *testing.B) { benchmarkStream(b, 1) }

// BenchmarkMessages1000Processes takes them of 1000, each of which a goroutine ranges over.
func BenchmarkMessages1000Processes(b *testing.B) { benchmarkStream(b, 1000) }

func benchmarkStream(b *testing.B, processes int) {
	input := func(b *testing.B) string {
		return fmt.Sprintf(`{"ops": [["flood",%d,32]]}`, (b.N+processes-1)/processes)
	}
	b.Run("go", func(b *testing.B) {
		c := connect(b, uri05(b), pie.QueueMaxBytes(1<<40))
		b.ReportAllocs()
		b.ResetTimer()
		inputs := make([]any, processes)
		for i := range inputs {
			inputs[i] = script(fmt.Sprintf(`[["flood",%d,32]]`, (b.N+processes-1)/processes))
		}
		launched, err := c.LaunchMany(soon(b), echo, inputs)
		must(b, err)
		drain(b, launched)
	})
	b.Run("c", func(b *testing.B) {
		if baseline.Stream(uri05(b), input(b), processes) < b.N {
			b.Fatal("failed")
		}
	})
}

func drain(b *testing.B, processes []*pie.Process) {
	ctx := soon(b)
	var group sync.WaitGroup
	for _, p := range processes {
		group.Add(1)
		go func() {
			defer group.Done()
			for _, err := range p.Events(ctx) {
				if err != nil {
					b.Error(err)
				}
			}
		}()
	}
	group.Wait()
	for _, p := range processes {
		p.Close()
	}
}
