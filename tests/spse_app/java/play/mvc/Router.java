package play.mvc;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import play.server.Log;

/** Finds the action of a request and turns whatever it throws into an answer. */
public final class Router implements HttpHandler {
    /** What is left of a refused upload is read up to here, so that the client sees our answer and not a reset. */
    private static final long DRAIN_LIMIT = 256L * 1024 * 1024;

    /** Serves one route. */
    @FunctionalInterface
    public interface Action {
        Response run(Request request) throws Exception;
    }

    /** Shows a failure to the user. */
    @FunctionalInterface
    public interface FailurePage {
        Response show(int status, String message);
    }

    private record Route(String method, Pattern path, Action action) {
    }

    private final String context;
    private final Session session;
    private final FailurePage failurePage;
    private final int leakedBytesPerRequest;
    private final List<byte[]> leaked = Collections.synchronizedList(new ArrayList<>());
    private final List<Route> routes = new ArrayList<>();

    public Router(String context, Session session, FailurePage failurePage, int leakedBytesPerRequest) {
        this.context = context;
        this.session = session;
        this.failurePage = failurePage;
        this.leakedBytesPerRequest = leakedBytesPerRequest;
    }

    /** Adds a route; the path is a pattern within the context path. */
    public Router route(String method, String path, Action action) {
        routes.add(new Route(method, Pattern.compile(path), action));
        return this;
    }

    @Override
    public void handle(HttpExchange exchange) {
        try (exchange) {
            Response response = answer(exchange);
            drain(exchange.getRequestBody());
            send(exchange, response);
        } catch (IOException gone) {
            Log.warn("Sambungan klien terputus: " + gone.getMessage());
        }
    }

    private Response answer(HttpExchange exchange) {
        try {
            leak();
            return dispatch(exchange);
        } catch (HttpFailure failure) {
            return failurePage.show(failure.status(), failure.getMessage());
        } catch (Exception | OutOfMemoryError failure) {
            Log.error("Galat pada " + exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath(), failure);
            return failurePage.show(500, "Terjadi kesalahan pada aplikasi");
        }
    }

    /** The fault of a leaking build: memory that is held for ever. Does nothing in a healthy one. */
    private void leak() {
        if (leakedBytesPerRequest > 0) {
            leaked.add(new byte[leakedBytesPerRequest]);
        }
    }

    private Response dispatch(HttpExchange exchange) throws Exception {
        String path = exchange.getRequestURI().getPath();
        if (path.equals(context)) {
            return Response.seeOther(context + "/");
        }
        if (!path.startsWith(context + "/")) {
            throw new HttpFailure(404, "Halaman tidak ditemukan");
        }
        String method = exchange.getRequestMethod().equals("HEAD") ? "GET" : exchange.getRequestMethod();
        boolean known = false;
        for (Route route : routes) {
            Matcher matcher = route.path().matcher(path.substring(context.length()));
            if (matcher.matches()) {
                if (route.method().equals(method)) {
                    return route.action().run(request(exchange, matcher));
                }
                known = true;
            }
        }
        throw known
            ? new HttpFailure(405, "Metode " + method + " tidak dilayani di halaman ini")
            : new HttpFailure(404, "Halaman tidak ditemukan");
    }

    private Request request(HttpExchange exchange, Matcher matcher) {
        List<String> segments = IntStream.rangeClosed(1, matcher.groupCount()).mapToObj(matcher::group).toList();
        Optional<String> user = Request.cookie(exchange, Session.COOKIE).flatMap(session::user);
        return new Request(exchange, segments, user);
    }

    private static void drain(InputStream body) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long left = DRAIN_LIMIT;
        for (int read = body.read(buffer); read >= 0 && left > 0; read = body.read(buffer)) {
            left -= read;
        }
    }

    private static void send(HttpExchange exchange, Response response) throws IOException {
        response.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        boolean bodiless = exchange.getRequestMethod().equals("HEAD") || response.length() == 0;
        exchange.sendResponseHeaders(response.status(), bodiless ? -1 : response.length());
        if (!bodiless) {
            response.body().writeTo(exchange.getResponseBody());
        }
    }
}
