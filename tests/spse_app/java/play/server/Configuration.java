package play.server;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * conf/application.conf as Play 1.x reads it: a UTF-8 properties file in which {@code %id.key=value} overrides
 * {@code key=value} when the framework id is {@code id}; {@code --key=value} on the command line overrides both.
 */
public final class Configuration {
    private final Path file;
    private final Map<String, String> values;

    private Configuration(Path file, Map<String, String> values) {
        this.file = file;
        this.values = values;
    }

    public static Configuration load(Path application, String id, String... arguments)
            throws StartupException, IOException {
        Path file = application.resolve("conf/application.conf");
        if (!Files.isReadable(file)) {
            throw new StartupException("Berkas konfigurasi " + file + " tidak ada atau tidak dapat dibaca");
        }
        Properties lines = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            lines.load(reader);
        } catch (IllegalArgumentException malformed) {
            throw new StartupException(
                "Berkas konfigurasi " + file + " tidak dapat dipahami: " + malformed.getMessage());
        }
        Map<String, String> values = new HashMap<>();
        String own = "%" + id + ".";
        for (String key : lines.stringPropertyNames()) {
            if (!key.startsWith("%")) {
                values.putIfAbsent(key, lines.getProperty(key).strip());
            } else if (key.startsWith(own)) {
                values.put(key.substring(own.length()), lines.getProperty(key).strip());
            }
        }
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (!argument.startsWith("--") || equals < 3) {
                throw new StartupException("Argumen tidak dikenal: " + argument + " (bentuknya --kunci=nilai)");
            }
            values.put(argument.substring(2, equals), argument.substring(equals + 1).strip());
        }
        return new Configuration(file, values);
    }

    public Optional<String> optional(String key) {
        return Optional.ofNullable(values.get(key)).filter(value -> !value.isEmpty());
    }

    public String required(String key) throws StartupException {
        Optional<String> value = optional(key);
        if (value.isEmpty()) {
            throw new StartupException("Kunci " + key + " tidak ada atau kosong di " + file);
        }
        return value.get();
    }

    /** The value of a key that must match a pattern; the value itself is left out of the message, it may be secret. */
    public String matching(String key, String pattern, String expected) throws StartupException {
        String value = required(key);
        if (!value.matches(pattern)) {
            throw invalid(key, expected);
        }
        return value;
    }

    public int integer(String key, int lowest, int highest) throws StartupException {
        String range = "harus bilangan " + lowest + " sampai " + highest;
        String digits = matching(key, "[0-9]{1,10}", range);
        long value = Long.parseLong(digits);
        if (value < lowest || value > highest) {
            throw invalid(key, range);
        }
        return (int) value;
    }

    public int integer(String key, int lowest, int highest, int otherwise) throws StartupException {
        return optional(key).isPresent() ? integer(key, lowest, highest) : otherwise;
    }

    private StartupException invalid(String key, String expected) {
        return new StartupException("Nilai kunci " + key + " di " + file + " tidak sah: " + expected);
    }
}
