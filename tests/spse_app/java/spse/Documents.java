package spse;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;
import play.mvc.HttpFailure;

/** The tree of bid documents: written once, never changed, each referenced by one row of table penawaran. */
final class Documents {
    private final Path root;
    private final Path temporary;
    private final int limit;

    /** A document on disk; the path is relative to the document root so that the tree may move. */
    record Stored(UUID id, String path, String sha256, long size) {
    }

    Documents(Path root, Path temporary, int limit) {
        this.root = root;
        this.temporary = temporary;
        this.limit = limit;
    }

    Path file(String path) {
        return root.resolve(path);
    }

    /** Takes a whole body into play.tmp, as Play 1.x does before its controllers see it; the caller deletes it. */
    Path spool(InputStream body) throws IOException, HttpFailure {
        Path spool = Files.createTempFile(temporary, "unggah-", ".tmp");
        long size = 0;
        byte[] buffer = new byte[1 << 16];
        try (OutputStream out = Files.newOutputStream(spool)) {
            for (int read = body.read(buffer); read >= 0 && size <= limit; read = body.read(buffer)) {
                size += read;
                out.write(buffer, 0, read);
            }
        } catch (IOException broken) {
            Files.delete(spool);
            throw broken;
        }
        if (size > limit) {
            Files.delete(spool);
            throw new HttpFailure(413, "Berkas melebihi batas unggah " + limit + " bita");
        }
        return spool;
    }

    /**
     * Stores a document so that it survives a power cut before any row refers to it: temporary name, fsync, rename,
     * fsync of the directory. The document root must exist: creating it would hide a disk that is not mounted.
     */
    Stored store(String packageId, InputStream content) throws IOException {
        Path directory = root.resolve(packageId);
        if (!Files.isDirectory(directory)) {
            Files.createDirectory(directory);
            sync(root);
        }
        UUID id = UUID.randomUUID();
        Path partial = directory.resolve("." + id + ".unggah");
        Path complete = directory.resolve(id + ".rhs");
        MessageDigest digest = sha256();
        long size;
        try (FileChannel channel =
                FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            size = content.transferTo(new DigestOutputStream(Channels.newOutputStream(channel), digest));
            channel.force(true);
        }
        Files.move(partial, complete, StandardCopyOption.ATOMIC_MOVE);
        sync(directory);
        String hash = HexFormat.of().formatHex(digest.digest());
        return new Stored(id, packageId + "/" + complete.getFileName(), hash, size);
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JVM has SHA-256", impossible);
        }
    }
}
