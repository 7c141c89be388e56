export function Register() {
  return <p>Register</p>;
}
