package play.server;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;

/** Faults a build carries on purpose, from webapp/conf/build.properties; a healthy build has no such file. */
public record Faults(Optional<String> missingInitClass, boolean readOnlyDatabase, int leakedBytesPerRequest) {

    public static Faults read(Path file) throws IOException {
        Properties lines = new Properties();
        if (Files.exists(file)) {
            try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                lines.load(reader);
            }
        }
        return new Faults(
            Optional.ofNullable(lines.getProperty("fault.missing-init-class")),
            Boolean.parseBoolean(lines.getProperty("fault.read-only-database")),
            Integer.parseInt(lines.getProperty("fault.leaked-bytes-per-request", "0")));
    }
}
