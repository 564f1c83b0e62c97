package spse;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import play.db.Pool;
import play.mvc.HttpFailure;
import play.mvc.Request;
import play.mvc.Response;
import play.mvc.Router;
import play.mvc.Session;
import play.mvc.Templates;
import play.server.Faults;
import play.server.Release;
import play.server.Settings;

/** The pages. What they show and ask of the database is in webapp/views and webapp/models, and differs by build. */
public final class Application {
    private static final int SLOWEST_SECONDS = 60;
    private static final int MESSAGE_LIMIT = 2000;

    private final Settings settings;
    private final Release release;
    private final Queries queries;
    private final Templates templates;
    private final Session session;
    private final Documents documents;

    private Application(Path directory, Settings settings, Release release, Pool pool) throws IOException {
        this.settings = settings;
        this.release = release;
        this.queries = new Queries(directory.resolve("models"), pool);
        this.templates = new Templates(directory.resolve("views"));
        this.session = new Session(settings.context(), settings.secret());
        this.documents = new Documents(settings.attachments(), settings.temporary(), settings.uploadLimit());
    }

    public static Router router(Path directory, Settings settings, Release release, Faults faults, Pool pool)
            throws IOException {
        Application pages = new Application(directory, settings, release, pool);
        return new Router(settings.context(), pages.session, pages::failure, faults.leakedBytesPerRequest())
            .route("GET", "/", pages::newestPackages)
            .route("GET", "/paket/([0-9]{1,18})", pages::onePackage)
            .route("POST", "/paket/([0-9]{1,18})/penawaran", pages::upload)
            .route("GET", "/dokumen/([0-9a-f-]{36})", pages::document)
            .route("GET", "/login", pages::loginForm)
            .route("POST", "/login", pages::login)
            .route("POST", "/logout", pages::logout)
            .route("GET", "/pesan", pages::messages)
            .route("POST", "/pesan", pages::writeMessage)
            .route("GET", "/laporan", pages::report)
            .route("GET", "/versi", pages::version);
    }

    private Response newestPackages(Request request) throws SQLException {
        return page(request, 200, "paket_daftar", Map.of("paket", queries.rows("paket_terbaru")));
    }

    private Response onePackage(Request request) throws SQLException, HttpFailure {
        long id = Long.parseLong(request.segment(0));
        Map<String, Object> model = new HashMap<>(findPackage(id));
        model.put("jadwal", queries.rows("paket_jadwal", id));
        model.put("penawaran", queries.rows("paket_penawaran", id));
        return page(request, 200, "paket", model);
    }

    /**
     * Stores the document first and its row second. A failure between the two leaves a document without a row, which
     * does no harm; the other order would leave a row without its document.
     */
    private Response upload(Request request) throws SQLException, HttpFailure, IOException {
        if (request.user().isEmpty()) {
            throw new HttpFailure(401, "Masuk terlebih dahulu untuk mengunggah penawaran");
        }
        long packageId = Long.parseLong(request.segment(0));
        findPackage(packageId);
        Path spool = documents.spool(request.body());
        try {
            String type = request.header("Content-Type").orElse("");
            if (type.startsWith("multipart/form-data")) {
                try (MultipartFile file = MultipartFile.open(spool, type)) {
                    return store(request, packageId, file.name(), file.content());
                }
            }
            try (InputStream content = new BufferedInputStream(Files.newInputStream(spool))) {
                String name = request.header("X-Nama-Berkas")
                    .orElseThrow(() -> new HttpFailure(400, "Tajuk X-Nama-Berkas tidak ada"));
                return store(request, packageId, name, content);
            }
        } finally {
            Files.delete(spool);
        }
    }

    private Response store(Request request, long packageId, String name, InputStream content)
            throws IOException, SQLException {
        Documents.Stored stored = documents.store(Long.toString(packageId), content);
        queries.rows("penawaran_tulis", stored.id(), packageId, name, stored.path(), stored.sha256(), stored.size());
        return request.wantsJson()
            ? Response.json(201, Json.object("id", stored.id(), "sha256", stored.sha256(), "ukuran", stored.size()))
            : Response.seeOther(settings.context() + "/paket/" + packageId);
    }

    private Response document(Request request) throws SQLException, HttpFailure, IOException {
        Map<String, String> row = queries.row("penawaran", UUID.fromString(request.segment(0)))
            .orElseThrow(() -> new HttpFailure(404, "Dokumen tidak ditemukan"));
        Path file = documents.file(row.get("jalur"));
        String name = row.get("nama_berkas").replaceAll("[^A-Za-z0-9._-]", "_");
        return Response.stream("application/octet-stream", Files.size(file), out -> Files.copy(file, out))
            .with("Content-Disposition", "attachment; filename=\"" + name + "\"");
    }

    private Response loginForm(Request request) {
        return page(request, 200, "masuk", Map.of("pesan_galat", ""));
    }

    private Response login(Request request) throws SQLException, HttpFailure, IOException {
        Map<String, String> form = request.form();
        String user = form.getOrDefault("user", "");
        Optional<Map<String, String>> account = queries.row("pengguna", user);
        String password = form.getOrDefault("password", "");
        if (account.isEmpty() || !Passwords.matches(account.get().get("kata_sandi"), password)) {
            return page(request, 401, "masuk", Map.of("pesan_galat", "Nama pengguna atau kata sandi salah"));
        }
        return Response.seeOther(settings.context() + "/").with("Set-Cookie", session.begin(user));
    }

    private Response logout(Request request) {
        return Response.seeOther(settings.context() + "/").with("Set-Cookie", session.end());
    }

    private Response messages(Request request) throws SQLException {
        return page(request, 200, "pesan", Map.of("pesan", queries.rows("pesan_terbaru")));
    }

    private Response writeMessage(Request request) throws SQLException, HttpFailure, IOException {
        Map<String, String> form = request.form();
        String text = form.getOrDefault("isi", "").strip();
        if (text.isEmpty() || text.length() > MESSAGE_LIMIT) {
            throw new HttpFailure(400, "Isi pesan harus 1 sampai " + MESSAGE_LIMIT + " karakter");
        }
        List<Map<String, String>> written = queries.rows("pesan_tulis", form.getOrDefault("nama", "anonim"), text);
        return request.wantsJson()
            ? Response.json(201, Json.object("id", Long.valueOf(written.get(0).get("id"))))
            : Response.seeOther(settings.context() + "/pesan");
    }

    private Response report(Request request) throws SQLException, HttpFailure {
        String seconds = request.query("detik").orElse("5");
        if (!seconds.matches("[0-9]{1,6}")) {
            throw new HttpFailure(400, "detik harus bilangan bulat");
        }
        double capped = Math.min(Integer.parseInt(seconds), SLOWEST_SECONDS);
        Map<String, Object> model = new HashMap<>(queries.row("laporan", capped).orElseThrow());
        model.put("detik", Integer.toString((int) capped));
        return page(request, 200, "laporan", model);
    }

    private Response version(Request request) {
        Instant started = Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime());
        return Response.json(200, Json.object(
            "aplikasi", "SPSE (tiruan)", "build", release.build(), "skema", release.schema(),
            "mulai", started, "pid", ProcessHandle.current().pid()));
    }

    private Map<String, String> findPackage(long id) throws SQLException, HttpFailure {
        return queries.row("paket", id).orElseThrow(() -> new HttpFailure(404, "Paket tidak ditemukan"));
    }

    private Response failure(int status, String message) {
        return page(Optional.empty(), status, "galat", Map.of("status", status, "keterangan", message));
    }

    private Response page(Request request, int status, String view, Map<String, ?> model) {
        return page(request.user(), status, view, model);
    }

    private Response page(Optional<String> user, int status, String view, Map<String, ?> model) {
        Map<String, Object> complete = new HashMap<>(model);
        complete.put("konteks", settings.context());
        complete.put("build", release.build());
        complete.put("skema", release.schema());
        complete.put("sikap", settings.sikap());
        complete.put("pengguna", user.orElse(""));
        return Response.html(status, templates.page(view, complete));
    }
}
