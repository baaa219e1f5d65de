import java.sql.DriverManager;
import java.sql.SQLException;

/** pgJDBC: one connection for each SSLMODE:PORT of the arguments; prints each with the address that the server sees, or the error. Environment as for modes.py. */
public final class Modes {
    public static void main(String[] arguments) {
        for (var argument : arguments) {
            var parts = argument.split(":");
            var url = "jdbc:postgresql://" + System.getenv("NAME") + ":" + parts[1] + "/postgres?sslmode=" + parts[0] + "&sslrootcert=" + System.getenv("CA_FILE") + "&loginTimeout=20";
            String answer;
            try (var connection = DriverManager.getConnection(url, System.getenv("DB_USER"), System.getenv("DB_PASSWORD"));
                 var statement = connection.createStatement();
                 var rows = statement.executeQuery("select host(inet_client_addr())")) {
                rows.next();
                answer = rows.getString(1);
            } catch (SQLException error) {
                answer = error.getMessage();
            }
            System.out.println(argument + " " + answer.replace('\n', ' '));
        }
    }
}
