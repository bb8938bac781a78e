// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
//
// extern void pieGoLog(int32_t level, char *target, char *message);
//
// static void pie_go_log(int32_t level, const char *target, const char *message, void *unused) {
//   (void)unused;
//   pieGoLog(level, (char *)target, (char *)message);
// }
//
// static inline void pie_go_set_log(int32_t level) { pie_set_log_callback(level, level ? pie_go_log : NULL, NULL); }
import "C"

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
)

// LevelTrace is the level of the library's most detailed lines.
const LevelTrace = slog.LevelDebug - 4

// logRoom is how many lines may wait for a logger.
const logRoom = 1024

type logLine struct {
	level           slog.Level
	target, message string
}

// logging is where lines of the library go.
type logging struct {
	lines chan logLine
	lost  atomic.Uint64
	ended chan struct{}
}

var (
	logSetting sync.Mutex
	logCurrent atomic.Pointer[logging]
)

// SetLogger sends the library's log lines, down to this level, to a logger; nil: nowhere, as at the beginning. It is one
// setting for the whole program. A goroutine of its own passes the lines on, so a logger may take its time and may call this
// package; past 1024 that wait they are dropped, and their number is logged. When SetLogger has returned, the former logger
// has got all lines and is not used any more. It must not be called by a logger.
func SetLogger(logger *slog.Logger, level slog.Level) {
	logSetting.Lock()
	defer logSetting.Unlock()
	C.pie_go_set_log(C.PIE_LOG_OFF)
	if former := logCurrent.Swap(nil); former != nil {
		close(former.lines) // no line is being logged any more
		<-former.ended
	}
	if logger == nil {
		return
	}
	current := &logging{lines: make(chan logLine, logRoom), ended: make(chan struct{})}
	logCurrent.Store(current)
	go current.pass(logger)
	C.pie_go_set_log(nativeLevel(level))
}

func (l *logging) pass(logger *slog.Logger) {
	defer close(l.ended)
	for line := range l.lines {
		logger.Log(context.Background(), line.level, line.message, "target", line.target)
		if lost := l.lost.Swap(0); lost > 0 {
			logger.Warn("log lines of libpie_client were dropped", "lines", lost)
		}
	}
}

//export pieGoLog
func pieGoLog(level C.int32_t, target, message *C.char) {
	current := logCurrent.Load()
	if current == nil {
		return
	}
	select {
	case current.lines <- logLine{slogLevel(level), C.GoString(target), C.GoString(message)}:
	default:
		current.lost.Add(1)
	}
}

func slogLevel(level C.int32_t) slog.Level {
	switch level {
	case C.PIE_LOG_ERROR:
		return slog.LevelError
	case C.PIE_LOG_WARN:
		return slog.LevelWarn
	case C.PIE_LOG_INFO:
		return slog.LevelInfo
	case C.PIE_LOG_DEBUG:
		return slog.LevelDebug
	}
	return LevelTrace
}

// nativeLevel is the most detailed level of the library that is not below a level of slog's.
func nativeLevel(level slog.Level) C.int32_t {
	for native := C.int32_t(C.PIE_LOG_TRACE); native > C.PIE_LOG_ERROR; native-- {
		if slogLevel(native) >= level {
			return native
		}
	}
	return C.PIE_LOG_ERROR
}
