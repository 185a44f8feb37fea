package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"google.golang.org/grpc"

	"museum/gateway"
)

func main() {
	for _, name := range []string{"rocket.jpg", "wall.jpg", "text.jpg"} {
		tell(os.Args[2], name)
	}
	tell("another", "rocket.jpg")
}

func tell(key, name string) {
	asked, err := gateway.Dial(os.Args[1], key, grpc.WithInsecure())
	if err != nil {
		panic(err)
	}
	picture, err := os.ReadFile(filepath.Join(os.Args[3], name))
	if err != nil {
		panic(err)
	}
	label, err := asked.Label(context.Background(), picture)
	switch {
	case err != nil:
		fmt.Println(gateway.Reason(err))
	case label == "":
		fmt.Println("-")
	default:
		fmt.Println(label)
	}
}
