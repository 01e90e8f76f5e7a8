// Command tlogcheck checks an exported log with golang.org/x/mod/sumdb, which knows nothing of Habeas.
//
//	tlogcheck DIR VKEY [OLD-CHECKPOINT]
//
// The root is derived again from the entries. TileHashReader is not used: before x/mod 0.40 it leaves some tiles
// unauthenticated (CVE-2026-56865), and a forged entry with a fitting tile passes.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := check(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
	fmt.Println("accepted")
}

func check(dir, vkey string, old []string) error {
	size, root, err := checkpoint(filepath.Join(dir, "checkpoint"), vkey)
	if err != nil {
		return err
	}
	hashes, err := fromEntries(dir, size)
	if err != nil {
		return err
	}
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, at := range indexes {
			if at >= int64(len(hashes)) {
				return nil, fmt.Errorf("no hash %d", at)
			}
			found[i] = hashes[at]
		}
		return found, nil
	})
	computed, err := tlog.TreeHash(size, read)
	if err != nil {
		return err
	}
	if computed != root {
		return fmt.Errorf("the entries give another root")
	}
	if err := tiles(dir, size, read); err != nil {
		return err
	}
	for _, n := range []int64{0, size / 3, size / 2, size - 1} {
		proof, err := tlog.ProveRecord(size, n, read)
		if err != nil {
			return err
		}
		leaf := hashes[tlog.StoredHashIndex(0, n)]
		if err := tlog.CheckRecord(proof, size, root, n, leaf); err != nil {
			return err
		}
	}
	for _, path := range old {
		before, oldRoot, err := checkpoint(path, vkey)
		if err != nil {
			return err
		}
		if before > size {
			return fmt.Errorf("rolled back from %d to %d", before, size)
		}
		proof, err := tlog.ProveTree(size, before, read)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, size, root, before, oldRoot); err != nil {
			return err
		}
	}
	return nil
}

func checkpoint(path, vkey string) (int64, tlog.Hash, error) {
	var root tlog.Hash
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, root, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return 0, root, err
	}
	signed, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return 0, root, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return 0, root, fmt.Errorf("no checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return 0, root, err
	}
	decoded, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(decoded) != tlog.HashSize {
		return 0, root, fmt.Errorf("no root")
	}
	copy(root[:], decoded)
	return size, root, nil
}

// fromEntries gives every hash that the entries themselves make, in the order of tlog.StoredHashIndex.
func fromEntries(dir string, size int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, at := range indexes {
			found[i] = hashes[at]
		}
		return found, nil
	})
	for start := int64(0); start < size; start += 256 {
		width := size - start
		if width > 256 {
			width = 256
		}
		data, err := os.ReadFile(filepath.Join(dir, name("entries", start/256, width)))
		if err != nil {
			return nil, err
		}
		for n := start; n < start+width; n++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("entry %d is cut", n)
			}
			length := 2 + int(binary.BigEndian.Uint16(data))
			added, err := tlog.StoredHashes(n, data[2:length], read)
			if err != nil {
				return nil, err
			}
			hashes, data = append(hashes, added...), data[length:]
		}
		if len(data) != 0 {
			return nil, fmt.Errorf("the bundle at %d is too long", start)
		}
	}
	return hashes, nil
}

// tiles compares every tile file with what the entries make.
func tiles(dir string, size int64, read tlog.HashReader) error {
	for level := 0; size>>(8*level) > 0; level++ {
		count := size >> (8 * level)
		for start := int64(0); start < count; start += 256 {
			width := count - start
			if width > 256 {
				width = 256
			}
			tile := tlog.Tile{H: 8, L: level, N: start / 256, W: int(width)}
			want, err := tlog.ReadTileData(tile, read)
			if err != nil {
				return err
			}
			path := name(strconv.Itoa(level), start/256, width)
			found, err := os.ReadFile(filepath.Join(dir, path))
			if err != nil {
				return err
			}
			if !bytes.Equal(found, want) {
				return fmt.Errorf("%s differs", path)
			}
		}
	}
	return nil
}

// name is where C2SP puts a tile or a bundle of entries.
func name(level string, index, width int64) string {
	path := fmt.Sprintf("%03d", index%1000)
	for rest := index / 1000; rest > 0; rest /= 1000 {
		path = fmt.Sprintf("x%03d/%s", rest%1000, path)
	}
	if width < 256 {
		path += fmt.Sprintf(".p/%d", width)
	}
	return "tile/" + level + "/" + path
}
