package play.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Compares the installed tree with webapp/conf/integrity (lines of sha256sum, relative to the root of the tree). */
public final class Integrity {
    private static final String LIST = "webapp/conf/integrity";
    /** What a site may change or create; each may also be a symbolic link out of the tree. */
    private static final Set<String> OWNED_BY_SITE =
        Set.of(LIST, "webapp/conf/application.conf", "webapp/logs", "webapp/tmp", "webapp/server.pid");
    private static final List<String> GUARDED = List.of("framework", "webapp");
    private static final int DIGEST_LENGTH = 64;

    private Integrity() {
    }

    /** One sentence for each file that differs, is missing or was added; empty when the tree is as released. */
    public static List<String> problems(Path root) throws StartupException, IOException {
        Map<String, String> expected = expected(root.resolve(LIST));
        List<String> problems = new ArrayList<>();
        for (Map.Entry<String, String> entry : expected.entrySet()) {
            Path file = root.resolve(entry.getKey());
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                problems.add("berkas hilang: " + file);
            } else if (!sha256(file).equals(entry.getValue())) {
                problems.add("berkas berubah: " + file);
            }
        }
        for (String directory : GUARDED) {
            Files.walkFileTree(root.resolve(directory), new AddedFiles(root, expected.keySet(), problems));
        }
        return problems;
    }

    private static Map<String, String> expected(Path list) throws StartupException, IOException {
        if (!Files.isReadable(list)) {
            throw new StartupException("Daftar integritas " + list + " tidak ada atau tidak dapat dibaca");
        }
        Map<String, String> expected = new TreeMap<>();
        for (String line : Files.readAllLines(list, StandardCharsets.UTF_8)) {
            if (!line.matches("[0-9a-f]{64}  .+")) {
                throw new StartupException("Daftar integritas " + list + " rusak pada baris: " + line);
            }
            expected.put(line.substring(DIGEST_LENGTH + 2), line.substring(0, DIGEST_LENGTH));
        }
        return expected;
    }

    private static String sha256(Path file) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JVM has SHA-256", impossible);
        }
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static final class AddedFiles extends SimpleFileVisitor<Path> {
        private final Path root;
        private final Set<String> expected;
        private final List<String> problems;

        AddedFiles(Path root, Set<String> expected, List<String> problems) {
            this.root = root;
            this.expected = expected;
            this.problems = problems;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            return OWNED_BY_SITE.contains(name(directory)) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (!OWNED_BY_SITE.contains(name(file)) && !expected.contains(name(file))) {
                problems.add("berkas tambahan: " + file);
            }
            return FileVisitResult.CONTINUE;
        }

        private String name(Path path) {
            return root.relativize(path).toString();
        }
    }
}
