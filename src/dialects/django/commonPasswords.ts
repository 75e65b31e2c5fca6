// Passwords that are guessed first: words many people take, as they are or with the usual digits behind, rows of the
// keyboard, and what counts or repeats. Written down here, so that no list has to be kept up to date or loaded.

const WORDS = `
  password passwort passw0rd p@ssword p@ssw0rd pass qwerty qwertz azerty admin administrator root user guest login
  welcome letmein changeme default secret master access system server manager superuser test tester testing test1234
  temp temporary demo sample example computer internet network windows microsoft google facebook twitter instagram
  youtube whatsapp telegram samsung iphone android apple nokia sony toshiba lenovo dell hello helloworld whatever
  nothing something anything nopassword mypassword newpassword yourpassword passpass passcode trustno iloveyou
  iloveu loveyou loveme lovely lover lovers loving love mylove truelove forever together family mother father
  mommy daddy brother sister friend friends bestfriend freedom freedom1 happy happiness smile smiley sunshine
  sunflower sunset summer winter spring autumn monday friday sunday january february march april august september
  october november december rainbow butterfly flower flowers rose roses lily daisy jasmine violet orchid tiger lion
  eagle falcon hawk panther leopard cheetah dragon dragons phoenix unicorn monkey monkeys donkey rabbit turtle
  dolphin dolphins shark whale spider scorpion snake horse horses pony puppy kitten kitty doggy pussycat chicken
  football baseball basketball softball volleyball soccer hockey tennis golf golfer cricket rugby boxing wrestling
  karate ninja samurai warrior warriors knight soldier marine army navy airforce police captain commander general
  princess prince queen king kings princesa angel angels angelo devil demon heaven jesus jesuschrist christ christian
  blessed blessing faith grace hope peace spirit lucky lucky7 charlie michael michelle jennifer jessica ashley
  amanda andrew anthony daniel david thomas robert richard william matthew joshua justin jordan jordan23 nicole
  nicholas samantha stephanie elizabeth victoria patricia barbara margaret maria martin george steven edward
  patrick alexander alexandra alexis benjamin brandon cameron christopher dakota dennis diamond donald gabriel
  hannah harley heather jackson jasper joseph junior kimberly lauren madison maggie maxwell melissa mercedes
  morgan natalie natasha oliver pamela rachel rebecca samuel sabrina sandra sophie sierra taylor tiffany tyler
  vanessa veronica vincent walter yvonne zachary batman superman spiderman ironman hulk thor avengers starwars
  startrek skywalker vader pokemon pikachu naruto goku mario nintendo playstation xbox minecraft fortnite roblox
  warcraft starcraft counter gandalf hobbit matrix terminator predator alien rockstar rocknroll metallica slipknot
  nirvana beatles eminem elvis music guitar piano drummer dancer singer player gamer hunter hunting fishing fisher
  ferrari porsche mustang corvette camaro chevrolet chevy toyota honda yamaha suzuki kawasaki mercedes1 bmw audi
  chelsea arsenal liverpool manchester barcelona realmadrid juventus milan steelers cowboys yankees redsox lakers
  packers eagles raiders bulldog bulldogs wildcats tigers giants rangers pirates buster bailey cookie cookies candy
  chocolate banana orange cherry strawberry apple1 pepper ginger coffee cheese pizza peanut butter sugar honey
  silver golden gold diamond1 crystal purple yellow green blue black white shadow midnight moonlight starlight
  galaxy universe planet earth ocean beach island hawaii california newyork london paris berlin america american
  canada mexico brasil brazil england scotland germany france spain italy russia china india iran tehran pakistan
  bangladesh allah bismillah mohammed muhammad ahmed hassan hussain fatima zahra salam shalom merhaba bonjour
  soleil doudou chouchou marseille hallo schatz sommer ficken fussball estrella tequiero teamo contrasena senha
  parola haslo salasana motdepasse asdf asdfgh asdfghjk asdfghjkl asdfasdf zxcvbn zxcvbnm qwer qwert qwertyu
  qwertyui qwertyuiop qazwsx qazwsxedc qweasd qweasdzxc qwaszx zaqwsx zaqxsw wasd poiuyt mnbvcxz lkjhgfdsa
  abc abcd abcde abcdef abcdefg abcdefgh abcabc aaa aaaa a1b2c3 a1b2c3d4 abc123 abcd1234 1qaz2wsx 1qaz2wsx3edc
  1q2w3e 1q2w3e4r 1q2w3e4r5t q1w2e3 q1w2e3r4 zaq12wsx zaq1zaq1 qwe123 qweqwe q1w2e3r4t5 123qwe 123qweasd 123abc
  12qwaszx 1234qwer qwer1234 pass123 pass1234 admin123 admin1234 root1234 user1234 test123 love123 asd123 asd asdasd
  zxc zxczxc zxc123 147258 147258369 159357 159753 258456 741852 741852963 789456 789456123 963852741 987654
  0987654321 102030 10203040 112233 11223344 1122334455 121212 12121212 123123 123123123 123321 12344321 123454321
  1234554321 131313 141414 212121 232323 252525 313131 696969 69696969 777777 7777777 88888888 11112222 12341234
  123412345 111222 222333 1357924680 13579 24680 246810 31415926 3141592653 19841984 20002000 20202020
`;

const known = new Set(WORDS.split(/\s+/).filter((word) => word !== ''));

const TAILS = /(?:1|2|7|01|11|12|13|21|22|23|69|99|123|321|1234|12345|123456)?!?$/;

/** `abcdefgh`, `87654321`, `aaaaaaaa`: every step alike. */
const isRun = (text: string): boolean => {
  const step = text.charCodeAt(1) - text.charCodeAt(0);
  if (Math.abs(step) > 1) return false;
  for (let i = 1; i < text.length; i++) if (text.charCodeAt(i) - text.charCodeAt(i - 1) !== step) return false;
  return true;
};

/** From 1 up, with a zero after the nine. */
const isCount = (text: string): boolean => '12345678901234567890'.startsWith(text);

export const isCommonPassword = (password: string): boolean => {
  const text = password.trim().toLowerCase();
  if (text === '') return false;
  return known.has(text) || known.has(text.replace(TAILS, '')) || isCount(text) || (text.length > 1 && isRun(text));
};
