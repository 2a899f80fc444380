// The usual gateway in Go: grpc-gateway v1. Usage: gateway BACKEND_HOST:PORT. Prints its port.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"

	"board"

	"github.com/grpc-ecosystem/grpc-gateway/runtime"
	"google.golang.org/grpc"
)

func main() {
	mux := runtime.NewServeMux()
	options := []grpc.DialOption{grpc.WithInsecure()}
	if err := board.RegisterBoardHandlerFromEndpoint(context.Background(), mux, os.Args[1], options); err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, mux))
}
