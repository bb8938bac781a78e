// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"time"

	"pie"
)

// uri is where the examples find an engine: "ws://127.0.0.1:8080" in a program.
func uri() string { return os.Getenv("PIE_TEST_URI_04") }

// Launches an inferlet and prints what it says while it says it.
func Example() {
	ctx := context.Background()
	client, err := pie.Connect(ctx, uri())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	if err := client.Authenticate(ctx, "me", nil); err != nil {
		log.Fatal(err)
	}
	process, err := client.Launch(ctx, "echo@0.1.0", map[string]any{
		"ops": []any{[]any{"print", "Once upon "}, []any{"print", "a time\n"}, []any{"return", "the end"}}})
	if err != nil {
		log.Fatal(err)
	}
	for event, err := range process.Events(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		switch event := event.(type) {
		case pie.Stdout:
			fmt.Print(event.Text)
		case pie.Return:
			fmt.Println("returned:", event.Text)
		}
	}
	// Output:
	// Once upon a time
	// returned: the end
}

// A key from a file, the SSH agent, or a key of package crypto logs in where an engine wants a signature.
func ExampleClient_Authenticate() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := pie.Connect(ctx, "wss://pie.example.com")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	key, err := pie.ReadPrivateKey("~/.ssh/id_ed25519", os.Getenv("PASSPHRASE"))
	if err != nil {
		log.Fatal(err)
	}
	defer key.Close()
	if err := client.Authenticate(ctx, "me", key); errors.Is(err, pie.ErrAuth) {
		log.Fatal("this engine does not know the key: ", err)
	}
}

// What failed is found as with every error of Go's.
func ExampleError() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := pie.Connect(ctx, uri())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	_, err = client.Launch(ctx, "echo@0.1.0", nil)
	var e *pie.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		fmt.Println("it took too long")
	case errors.Is(err, pie.ErrAuth):
		fmt.Println("log in first")
	case errors.As(err, &e):
		fmt.Println(e.Status, e.Message, e.Retriable)
	}
	// Output: log in first
}

// One input each, all results in order.
func ExampleClient_Run() {
	ctx := context.Background()
	client := example(ctx)
	defer client.Close()
	results, err := client.Run(ctx, "echo@0.1.0", []any{
		json.RawMessage(`{"ops": [["return", "one"]]}`), json.RawMessage(`{"ops": [["return", "two"]]}`)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(results)
	// Output: [one two]
}

// A function is offered to inferlets as an MCP server.
func ExampleClient_RegisterTool() {
	ctx := context.Background()
	client := example(ctx)
	defer client.Close()
	err := client.RegisterTool(ctx, "clock", func(ctx context.Context, method string, params json.RawMessage) (any, error) {
		if method != "tools/call" {
			return nil, &pie.ToolError{Code: -32601, Message: "no such method"}
		}
		return map[string]string{"time": "noon"}, nil
	})
	if err != nil {
		log.Fatal(err)
	}
	process, err := client.Launch(ctx, "echo@0.1.0", json.RawMessage(`{"ops": [["mcp", "clock", "tools/call", {}]]}`))
	if err != nil {
		log.Fatal(err)
	}
	event, err := process.Recv(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(event.(pie.Message).Text)
	// Output: mcp:ok:{"time":"noon"}
}

// A file to an inferlet, which tells when it waits for it, with the progress of the upload.
func ExampleProcess_SendFile() {
	ctx := context.Background()
	client := example(ctx)
	defer client.Close()
	process, err := client.Launch(ctx, "echo@0.1.0", json.RawMessage(`{"ops": [["send", "ready"], ["echo_file", 0]]}`))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := process.Recv(ctx); err != nil {
		log.Fatal(err)
	}
	bar := pie.Progress(func(sent, total uint64) { fmt.Fprintf(os.Stderr, "\r%d of %d", sent, total) })
	if err := process.SendFile(ctx, []byte("hello"), bar); err != nil {
		log.Fatal(err)
	}
	event, err := process.Recv(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", event.(pie.File).Data)
	// Output: hello
}

// Recv in a loop of the program's own; io.EOF is the end.
func ExampleProcess_Recv() {
	ctx := context.Background()
	client := example(ctx)
	defer client.Close()
	process, err := client.Launch(ctx, "echo@0.1.0", json.RawMessage(`{"ops": [["sendn", 2]]}`))
	if err != nil {
		log.Fatal(err)
	}
	for {
		event, err := process.Recv(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%T %d\n", event, event.Number())
	}
	// Output:
	// pie.Message 0
	// pie.Message 1
	// pie.Return 2
}

// The news of a connection that is made again when it is lost.
func ExampleClient_ConnectionEvents() {
	ctx := context.Background()
	client, err := pie.Connect(ctx, uri(), pie.Reconnect(), pie.ReconnectMaxDelay(5*time.Second))
	if err != nil {
		log.Fatal(err)
	}
	client.Close() // or as long as the program runs
	for event, err := range client.ConnectionEvents(ctx) {
		switch {
		case err != nil:
			log.Fatal(err)
		case event.Err == nil:
			fmt.Println("connected")
		case errors.Is(event.Err, pie.ErrClosed):
			fmt.Println("closed")
		default:
			fmt.Println("lost:", event.Err)
		}
	}
	// Output:
	// connected
	// closed
}

// The library's log lines in the program's own log.
func ExampleSetLogger() {
	pie.SetLogger(slog.Default(), slog.LevelWarn)
	defer pie.SetLogger(nil, 0)
}

// example is a client that is logged in.
func example(ctx context.Context) *pie.Client {
	client, err := pie.Connect(ctx, uri())
	if err != nil {
		log.Fatal(err)
	}
	if err := client.Authenticate(ctx, "me", nil); err != nil {
		log.Fatal(err)
	}
	return client
}
