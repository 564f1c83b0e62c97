package play.db;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import play.server.StartupException;

/** One file NNN_name.sql; its header says whether it runs in one transaction. */
record Migration(int number, String name, boolean transactional, List<String> statements) {
    private static final Pattern NAME = Pattern.compile("([0-9]{3})_([a-z0-9_]+)\\.sql");
    private static final Pattern HEADER = Pattern.compile("(?m)^-- transaksi: (ya|tidak)$");

    static List<Migration> all(Path directory) throws IOException, StartupException {
        List<Path> files;
        try (Stream<Path> entries = Files.list(directory)) {
            files = entries.sorted().toList();
        }
        List<Migration> migrations = new ArrayList<>();
        for (Path file : files) {
            migrations.add(read(file));
        }
        return migrations;
    }

    private static Migration read(Path file) throws IOException, StartupException {
        String script = Files.readString(file, StandardCharsets.UTF_8);
        Matcher name = NAME.matcher(file.getFileName().toString());
        Matcher header = HEADER.matcher(script);
        if (!name.matches() || !header.find()) {
            throw new StartupException(
                "Berkas migrasi " + file + ": nama bukan NNN_nama.sql, atau tidak ada baris '-- transaksi: ya|tidak'");
        }
        return new Migration(
            Integer.parseInt(name.group(1)), name.group(2), header.group(1).equals("ya"),
            SqlScript.statements(script));
    }
}
